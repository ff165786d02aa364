/**
 * The tray: tray-view's model as Electron's objects. A context menu is always attached, since a
 * click on the picture alone is not dependable on Linux. Redrawn only when the model changed:
 * a rebuilt menu closes under the pointer.
 */
import path from 'node:path';
import { Menu, type MenuItemConstructorOptions, nativeImage, Tray } from 'electron';
import type { AgentState } from '../core/bridge/contract.js';
import { type MenuItemModel, type TrayAction, type TrayIcon, type TrayView, trayView } from './tray-view.js';

export interface TrayDisplay {
  show(state: AgentState): void;
  remove(): void;
}

/** `perform` is called with what the person chose. */
export function createTray(images: string, perform: (action: TrayAction) => void): TrayDisplay {
  const tray = new Tray(loadImage(images, 'empty'));
  let shown: { readonly view: TrayView; readonly text: string } | null = null;

  const item = (model: MenuItemModel): MenuItemConstructorOptions => {
    switch (model.kind) {
      case 'separator':
        return { type: 'separator' };
      case 'note':
        return { label: literal(model.label), enabled: false };
      case 'action': {
        const { label, enabled, action, sublabel } = model;
        const options: MenuItemConstructorOptions = { label: literal(label), enabled, click: () => perform(action) };
        return sublabel === undefined ? options : { ...options, sublabel, toolTip: sublabel };
      }
      case 'check':
        return {
          type: 'checkbox',
          label: literal(model.label),
          checked: model.checked,
          click: () => perform(model.action),
        };
      case 'submenu':
        return { label: literal(model.label), submenu: model.items.map(item) };
      default:
        return model satisfies never;
    }
  };

  return {
    show(state) {
      const view = trayView(state, Date.now());
      const text = JSON.stringify(view);
      if (shown?.text === text) return;
      if (shown?.view.icon !== view.icon) tray.setImage(loadImage(images, view.icon));
      if (process.platform === 'darwin') tray.setTitle(view.title, { fontType: 'monospacedDigit' });
      tray.setToolTip(view.tooltip);
      tray.setContextMenu(Menu.buildFromTemplate(view.menu.map(item)));
      shown = { view, text };
    },
    remove() {
      tray.destroy();
    },
  };
}

/** macOS colours a template itself; elsewhere a middle grey stands on light and dark panels. The @2x file is found beside. */
function loadImage(images: string, icon: TrayIcon): Electron.NativeImage {
  const name = process.platform === 'darwin' ? `tray-${icon}Template.png` : `tray-${icon}.png`;
  const image = nativeImage.createFromPath(path.join(images, name));
  if (image.isEmpty()) throw new Error(`no tray picture ${name} in ${images}`);
  return image;
}

/** An ampersand marks the access key in a menu. */
function literal(label: string): string {
  return label.replaceAll('&', '&&');
}
