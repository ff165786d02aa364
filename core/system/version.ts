import packageJson from '../../package.json' with { type: 'json' };

/** Version of Outtray, as in package.json. */
export const VERSION: string = packageJson.version;
