/** The JSON Schema of settings.json, for editors: of the file as a person writes it. */
import { z } from 'zod';
import { settingsSchema } from './settings.js';

export function settingsJsonSchema(): unknown {
  return z.toJSONSchema(settingsSchema, { io: 'input' });
}
