/** `Tray`, `Menu` and the pictures: nothing is drawn, all is recorded, and a test may choose from the menu. */
import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import type * as E from 'electron';
import { tellChanged } from './control.js';

export interface MenuItemRecord {
  readonly label: string;
  readonly type: string;
  readonly enabled: boolean;
  readonly checked: boolean;
  readonly sublabel: string;
  readonly submenu: readonly MenuItemRecord[];
}

export interface TrayRecord {
  /** File name of the picture without extension. */
  readonly image: string;
  readonly tooltip: string;
  readonly title: string;
  readonly menu: readonly MenuItemRecord[];
}

export class Menu {
  readonly items: readonly E.MenuItemConstructorOptions[];

  constructor(items: readonly E.MenuItemConstructorOptions[]) {
    this.items = items;
  }

  static buildFromTemplate(template: readonly E.MenuItemConstructorOptions[]): Menu {
    return new Menu(template);
  }

  static setApplicationMenu(_menu: Menu | null): void {}
}

function recordItems(items: readonly E.MenuItemConstructorOptions[]): MenuItemRecord[] {
  return items.map((item) => ({
    label: (item.label ?? '').replaceAll('&&', '&'),
    type: item.type ?? (item.submenu === undefined ? 'normal' : 'submenu'),
    enabled: item.enabled ?? true,
    checked: item.checked ?? false,
    sublabel: item.sublabel ?? '',
    submenu: Array.isArray(item.submenu) ? recordItems(item.submenu) : [],
  }));
}

/** Calls what the item at the end of the path of labels does. */
function choose(items: readonly E.MenuItemConstructorOptions[], [label, ...rest]: readonly string[]): void {
  const item = items.find((each) => (each.label ?? '').replaceAll('&&', '&') === label);
  if (item === undefined) throw new Error(`no menu item ${label}; there are: ${items.map((each) => each.label)}`);
  if (item.enabled === false) throw new Error(`menu item ${label} is disabled`);
  if (rest.length > 0 && Array.isArray(item.submenu)) choose(item.submenu, rest);
  // What Electron passes besides, no item of a tray looks at.
  else (item.click as (() => void) | undefined)?.();
}

class Picture {
  readonly file: string;
  #template = false;

  constructor(file: string) {
    this.file = file;
  }

  isEmpty(): boolean {
    return !fs.existsSync(this.file);
  }

  setTemplateImage(option: boolean): void {
    this.#template = option;
  }

  isTemplateImage(): boolean {
    return this.#template || path.parse(this.file).name.endsWith('Template');
  }
}

export const nativeImage = { createFromPath: (file: string) => new Picture(file) };

export const trays: Tray[] = [];

export class Tray extends EventEmitter {
  #image: Picture;
  #tooltip = '';
  #title = '';
  #menu = new Menu([]);

  constructor(image: Picture | string) {
    super();
    this.#image = Tray.#picture(image);
    trays.push(this);
    tellChanged();
  }

  setImage(image: Picture | string): void {
    this.#image = Tray.#picture(image);
    tellChanged();
  }

  setToolTip(text: string): void {
    this.#tooltip = text;
    tellChanged();
  }

  setTitle(text: string): void {
    this.#title = text;
    tellChanged();
  }

  setContextMenu(menu: Menu | null): void {
    this.#menu = menu ?? new Menu([]);
    tellChanged();
  }

  destroy(): void {
    trays.splice(trays.indexOf(this), 1);
    tellChanged();
  }

  record(): TrayRecord {
    return {
      image: path.parse(this.#image.file).name,
      tooltip: this.#tooltip,
      title: this.#title,
      menu: recordItems(this.#menu.items),
    };
  }

  choose(labels: readonly string[]): void {
    choose(this.#menu.items, labels);
  }

  static #picture(image: Picture | string): Picture {
    const picture = typeof image === 'string' ? new Picture(image) : image;
    if (picture.isEmpty()) throw new Error(`Failed to load image from path '${picture.file}'`);
    return picture;
  }
}
