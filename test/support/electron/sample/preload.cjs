const { contextBridge, ipcRenderer } = require('electron');

let fsError = '';
try {
  require('node:fs');
} catch (error) {
  fsError = error.message;
}

const greetings = [];
ipcRenderer.on('greeting', (_event, value) => greetings.push(value));

contextBridge.exposeInMainWorld('sample', {
  fsError,
  add: (a, b) => ipcRenderer.invoke('add', a, b),
  greetings: () => greetings,
});
