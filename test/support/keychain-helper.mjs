/**
 * Runs the keychain helper from its TypeScript source, as the built program runs it under its
 * hidden word. Node strips the types; the hook finds `x.ts` where the source says `x.js`.
 */
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, next) {
    const source = specifier.startsWith('.') && specifier.endsWith('.js') && context.parentURL?.endsWith('.ts');
    return next(source ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  },
});

const { runKeychainHelper } = await import('../../core/credentials/keychain-helper.ts');
await runKeychainHelper();
