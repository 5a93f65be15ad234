import { driverError } from './error.js';
import { storeError } from './keeper.js';
import type { ClientStore } from './types.js';

/** The version of the database. 1 held a checkpoint only. */
const SCHEMA = 2;
const OBJECTS = 'values';

/** Keeps what a client learnt for as long as the page or the program lives. */
export function memoryStore(): ClientStore {
  const values = new Map<string, Uint8Array>();
  return {
    load: async (key) => values.get(key)?.slice(),
    save: async (key, bytes) => void values.set(key, bytes.slice()),
    remove: async (key) => void values.delete(key),
  };
}

/**
 * Keeps what a client learnt in the browser's IndexedDB. Nothing is opened before it is first used.
 *
 * Databases of earlier versions of this package are replaced: what they hold costs time to learn anew
 * and nothing else. One of a later version is left alone, and every use fails with `store.failed`.
 *
 * @param name one name for each network; it is the name of the database too
 */
export function indexedDbStore(name = 'hotshot-light-client'): ClientStore {
  let opened: Promise<IDBDatabase> | undefined;

  function open(): Promise<IDBDatabase> {
    return new Promise((resolve, reject) => {
      const opening = indexedDB.open(name, SCHEMA);
      opening.onupgradeneeded = () => {
        const database = opening.result;
        for (const old of [...database.objectStoreNames]) database.deleteObjectStore(old);
        database.createObjectStore(OBJECTS);
      };
      opening.onsuccess = () => {
        const database = opening.result;
        const forget = (): void => {
          database.close();
          opened = undefined;
        };
        // Another page wants a newer version, or to delete it; or the browser has closed it.
        database.onversionchange = forget;
        database.onclose = forget;
        resolve(database);
      };
      opening.onerror = () => reject(opening.error);
      opening.onblocked = () => reject(new Error('another page holds an older version of the database'));
    });
  }

  async function withObjects<T>(mode: IDBTransactionMode, use: (objects: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    try {
      opened ??= open();
      const transaction = (await opened).transaction(OBJECTS, mode);
      return await new Promise((resolve, reject) => {
        const request = use(transaction.objectStore(OBJECTS));
        transaction.oncomplete = () => resolve(request.result);
        transaction.onerror = () => reject(request.error ?? transaction.error);
        transaction.onabort = () => reject(transaction.error ?? request.error);
      });
    } catch (error) {
      opened?.then((database) => database.close()).catch(() => undefined);
      opened = undefined;
      throw storeError(error ?? driverError('store.failed', 'the browser gave no reason'));
    }
  }

  return {
    async load(key) {
      const kept: unknown = await withObjects('readonly', (objects) => objects.get(key) as IDBRequest<unknown>);
      return kept instanceof Uint8Array ? kept : undefined;
    },
    async save(key, bytes) {
      await withObjects('readwrite', (objects) => objects.put(bytes, key));
    },
    async remove(key) {
      await withObjects('readwrite', (objects) => objects.delete(key));
    },
  };
}
