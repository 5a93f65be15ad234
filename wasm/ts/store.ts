import { driverError } from './error.js';
import type { CheckpointStore } from './types.js';

/**
 * Keeps a checkpoint in the browser's IndexedDB. Nothing is opened before it is first used.
 *
 * @param name one name for each network; it is the name of the database too
 */
export function indexedDbStore(name = 'hotshot-light-client'): CheckpointStore {
  const OBJECTS = 'checkpoints';
  const KEY = 'latest';

  function open(): Promise<IDBDatabase> {
    return new Promise((resolve, reject) => {
      const opening = indexedDB.open(name, 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore(OBJECTS);
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(opening.error);
      opening.onblocked = () => reject(new Error('another page holds an older version of the database'));
    });
  }

  async function withObjects<T>(mode: IDBTransactionMode, use: (objects: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    let database: IDBDatabase | undefined;
    try {
      database = await open();
      const transaction = database.transaction(OBJECTS, mode);
      return await new Promise((resolve, reject) => {
        const request = use(transaction.objectStore(OBJECTS));
        transaction.oncomplete = () => resolve(request.result);
        transaction.onerror = () => reject(transaction.error);
        transaction.onabort = () => reject(transaction.error);
      });
    } catch (error) {
      throw driverError('store.failed', 'the checkpoint could not be kept or found', { got: String(error) }, error);
    } finally {
      database?.close();
    }
  }

  return {
    async load() {
      const kept: unknown = await withObjects('readonly', (objects) => objects.get(KEY) as IDBRequest<unknown>);
      return kept instanceof Uint8Array ? kept : undefined;
    },
    async save(checkpoint) {
      await withObjects('readwrite', (objects) => objects.put(checkpoint, KEY));
    },
  };
}
