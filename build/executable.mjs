/**
 * Run by Bun, not by Node: `bun build/executable.mjs OUTFILE` makes the one self-contained
 * executable from core/cli/main.ts. The native parts of koffi and keytar are found by both
 * packages through paths worked out at run time, which no bundler can follow; here each loader is
 * replaced by a literal require, so that Bun embeds the file. Elsewhere than on Windows koffi itself is
 * replaced (koffi-in-bun.js).
 *
 * A Bun executable reads .env and bunfig.toml of the directory it is called in unless told
 * otherwise. A mail program is called everywhere: both stay off (test/cli/executable.test.ts).
 */
import fs from 'node:fs';
import path from 'node:path';
import { recordBytecodeOrder } from './bytecode-order.mjs';
import { writeDeafRuntime } from './runtime.mjs';

const root = path.resolve(import.meta.dirname, '..');
const platform = `${process.platform}-${process.arch}`;

function nativeFile(...choices) {
  const file = choices.map((choice) => path.join(root, 'node_modules', choice)).find((name) => fs.existsSync(name));
  if (file === undefined) throw new Error(`no native module for ${platform}: looked for ${choices.join(', ')}`);
  return JSON.stringify(file);
}

const windows = process.platform === 'win32';
const koffi = windows ? nativeFile(`@koromix/koffi-${platform}/${platform.replace('-', '_')}/koffi.node`) : null;
const keytar = nativeFile(`keytar/prebuilds/${platform}/keytar.node`);
const KEYTAR_LOADER = 'var keytar = loadNativeAddon();';

const embedNativeModules = {
  name: 'embed-native-modules',
  setup(build) {
    if (!windows) build.onResolve({ filter: /^koffi$/ }, () => ({ path: path.join(root, 'build', 'koffi-in-bun.js') }));
    build.onLoad({ filter: /[\\/]koffi[\\/]src[\\/]koffi[\\/]src[\\/]static\.js$/ }, () => ({
      loader: 'js',
      contents: `export function loadStatic() { return require(${koffi}); }`,
    }));
    build.onLoad({ filter: /[\\/]keytar[\\/]lib[\\/]keytar\.js$/ }, ({ path: file }) => {
      const source = fs.readFileSync(file, 'utf8');
      if (!source.includes(KEYTAR_LOADER)) throw new Error(`${file} no longer loads its native part as it did`);
      return { loader: 'js', contents: source.replace(KEYTAR_LOADER, `var keytar = require(${keytar});`) };
    });
  },
};

/** `runtime` is the Bun that goes into it. Throws for what does not compile. */
async function compile(outfile, runtime, bytecodeOrder) {
  const result = await Bun.build({
    entrypoints: [path.join(root, 'core', 'cli', 'main.ts')],
    target: 'bun',
    minify: true,
    bytecode: true,
    // In chunks, so that sendmail reads none of what only other commands need: a tenth of its time.
    format: 'esm',
    splitting: true,
    // With bytecode this would be the folder of the source on the building machine.
    define: { 'import.meta.dirname': JSON.stringify('/$bunfs/root') },
    plugins: [embedNativeModules],
    // A submission lives for milliseconds: code compiled to machine code later than usual costs it a tenth less.
    compile: {
      outfile,
      executablePath: runtime,
      autoloadDotenv: false,
      autoloadBunfig: false,
      jitPolicy: 8,
      bytecodeOrder,
    },
    throw: false,
  });
  for (const log of result.logs) console.error(String(log));
  if (!result.success) throw new Error('the program does not compile');
}

const outfile = path.resolve(process.argv[2]);
const scratch = `${outfile}.scratch`;
try {
  // Twice: the first one, which still listens to Bun's variables, shows how to lay out the second.
  const rehearsal = path.join(scratch, 'outtray');
  await compile(rehearsal, process.execPath, null);
  const order = recordBytecodeOrder(rehearsal, scratch);
  fs.rmSync(rehearsal);
  const runtime = path.join(scratch, 'runtime');
  writeDeafRuntime(runtime);
  await compile(outfile, runtime, order);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  fs.rmSync(scratch, { recursive: true, force: true });
}
