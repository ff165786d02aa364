/** Settings of how a relay is reached: what may stand there, and the words for what may not. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadSettings } from '../../../core/config/settings-file.js';

function load(more: object, tls: object = {}) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-settings-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true }));
  const file = path.join(directory, 'settings.json');
  const home = { host: 'smtp.example.org', port: 465, security: 'tls', tls, ...more };
  fs.writeFileSync(file, JSON.stringify({ relays: { home } }));
  const { settings, problems } = loadSettings(file);
  return { directory, relay: settings.relays.home, problems: problems.map(({ key, message }) => `${key} ${message}`) };
}

describe('the way to a relay', () => {
  it('is straight, from any address, unless it is said otherwise', () => {
    expect(load({}).relay).toMatchObject({
      localAddress: null,
      proxy: null,
      tls: { certFile: null, keyFile: null, ciphers: null },
    });
  });

  it.each(['10.8.0.2', 'fd00::2', 'fe80::1%tun0'])('may begin at the local address %s', (localAddress) => {
    expect(load({ localAddress })).toMatchObject({ relay: { localAddress }, problems: [] });
  });

  it.each(['tun0', '10.8.0', '', '10.8.0.2/24'])('may not begin at %j', (localAddress) => {
    expect(load({ localAddress }).problems).toEqual([
      'relays.home.localAddress must be an IPv4 or IPv6 address of this computer, such as "10.8.0.2"',
    ]);
  });

  it.each(['socks5://127.0.0.1:1080', 'http://proxy.example.org:80', 'http://[2001:db8::1]:3128', 'SOCKS5://h:1/'])(
    'may lead through %s',
    (proxy) => {
      expect(load({ proxy })).toMatchObject({ relay: { proxy }, problems: [] });
    },
  );

  it.each([
    'proxy.example.org:3128',
    'https://proxy.example.org:3128',
    'socks4://127.0.0.1:1080',
    'socks5://127.0.0.1',
    'socks5://127.0.0.1:0',
    'socks5://127.0.0.1:70000',
    'http://proxy.example.org:3128/path',
    'http://:3128',
  ])('may not lead through %s', (proxy) => {
    expect(load({ proxy }).problems).toEqual(['relays.home.proxy must be "socks5://host:port" or "http://host:port"']);
  });

  it('takes no user and password for a proxy, and does not repeat them', () => {
    const { problems } = load({ proxy: 'http://me:hunter2@proxy.example.org:3128' });

    expect(problems).toEqual([expect.stringMatching(/^relays\.home\.proxy must be .* without a user and a password/)]);
    expect(problems[0]).not.toContain('hunter2');
  });

  it('through a proxy is in plain text only where that is allowed by hand, even to localhost', () => {
    const plain = { host: 'localhost', port: 25, security: 'none', proxy: 'socks5://127.0.0.1:1080' };

    expect(load(plain).problems).toEqual([expect.stringMatching(/^relays\.home\.security must be .*allowPlaintext/)]);
    expect(load({ ...plain, allowPlaintext: true }).problems).toEqual([]);
  });
});

describe('files of a relay', () => {
  it('are relative to the settings', () => {
    const { relay, directory } = load({}, { caFile: 'ca.pem', certFile: 'own/me.pem', keyFile: '/etc/me.key' });

    expect(relay?.tls).toMatchObject({
      caFile: path.join(directory, 'ca.pem'),
      certFile: path.join(directory, 'own/me.pem'),
      keyFile: '/etc/me.key',
    });
  });

  it.each([
    [{ certFile: 'me.pem' }, 'relays.home.tls.keyFile must be the file with the key of "certFile"'],
    [{ keyFile: 'me.key' }, 'relays.home.tls.certFile must be the file with the certificate of "keyFile"'],
  ])('%j: certificate and key go together', (tls, words) => {
    expect(load({}, tls).problems).toEqual([words]);
  });
});

describe('tls.ciphers', () => {
  it('is a list as OpenSSL takes it', () => {
    expect(load({}, { ciphers: 'DEFAULT:!aNULL:@SECLEVEL=0' }).problems).toEqual([]);
    expect(load({}, { ciphers: 'AES;rm' }).problems).toEqual([
      expect.stringMatching(/^relays\.home\.tls\.ciphers must be a list of ciphers/),
    ]);
  });
});
