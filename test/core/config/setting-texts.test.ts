/** No setting without words, no words without a setting. */
import { describe, expect, it } from 'vitest';
import { SETTING_TEXTS } from '../../../core/config/setting-texts.js';
import { settingEntries, settingsJsonSchema } from '../../../core/config/settings-schema.js';

describe('the texts of settings', () => {
  it('are one for each key of the schema', () => {
    expect(Object.keys(SETTING_TEXTS).sort()).toEqual(
      settingEntries()
        .map(({ key }) => key)
        .sort(),
    );
  });

  it('show in editors', () => {
    expect(settingsJsonSchema()).toMatchObject({
      properties: {
        relays: { additionalProperties: { properties: { host: { description: 'Name of the mail server.' } } } },
      },
    });
  });
});

describe('the list of settings', () => {
  it('has types and defaults as a person writes them', () => {
    const entries = new Map(settingEntries().map((entry) => [entry.key, entry]));

    expect(entries.get('hostname')).toMatchObject({ type: 'text or null', default: 'null', required: false });
    expect(entries.get('relays.*.port')).toMatchObject({
      type: 'number from 1 to 65535',
      default: null,
      required: true,
    });
    expect(entries.get('delivery.giveUpAfter')).toMatchObject({ type: 'duration', default: '"5d"' });
    expect(entries.get('delivery.onFailure')?.type).toBe('"hold", "bounce" or "both"');
    expect(entries.get('relays')).toMatchObject({ isSection: true });
  });
});
