/** The pure function of the module of rollups, and how its results are made into the package's types. */
import { ready as dataReady, toHeight } from './data-shared.js';
import type { NamespaceOptions, TrustedHeader } from './data-shared.js';
import { legToJson } from './data-types.js';
import type { BundleConfirmation, BundleLeg, Confirmation, ConfirmedBundle } from './data-types.js';
import { driverError } from './error.js';
import { Instance } from './instance.js';
import { encode } from './json.js';
import { instantiate } from './rollups-glue.js';
import type { Bindings, RawBundle, RawBundleConfirmation, RawConfirmation } from './rollups-glue.js';
import type { JsonInput } from './types.js';

/** An instance of the module of rollups. */
export type RollupsInstance = Instance<Bindings>;

let module: WebAssembly.Module | undefined;
let instance: RollupsInstance | undefined;

/** Makes the pure function ready, with the compiled module; the second one has to be ready too. */
export function start(compiled: WebAssembly.Module): void {
  module ??= compiled;
}

/** A new instance of the module of rollups. */
export function newInstance(compiled: WebAssembly.Module): RollupsInstance {
  return new Instance(compiled, instantiate);
}

function ready(): RollupsInstance {
  if (module === undefined) throw driverError('wasm.not_ready', 'await initRollups() first');
  if (instance === undefined || instance.trapped) instance = newInstance(module);
  return instance;
}

/**
 * That all legs of a bundle are in one block.
 *
 * @param answers one for each namespace of the legs
 * @throws {@link LightClientError} why they are not
 */
export function verifyBundle(
  block: TrustedHeader,
  legs: readonly BundleLeg[],
  answers: readonly { readonly namespace: number; readonly answer: JsonInput }[],
  options: NamespaceOptions = {},
): ConfirmedBundle {
  const [header, encoded] = [encode(block.header), encodeLegs(legs)];
  const bodies = answers.map(({ namespace, answer }) => [namespace, encode(answer)] as const);
  const weight = options.weight === undefined ? undefined : toHeight(options.weight);
  const [instance, data] = [ready(), dataReady()];
  const prover = data.call((wasm) => new wasm.Prover());
  try {
    const check = instance.call((wasm) => new wasm.BundleCheck(header, block.hash, encoded, weight, prover));
    try {
      for (const [namespace, body] of bodies) instance.call(() => check.add(namespace, body));
      return toBundle(instance.call(() => check.finish()));
    } finally {
      if (!instance.trapped) check.free();
    }
  } finally {
    if (!instance.trapped && !data.trapped) prover.free();
  }
}

/** Legs as the bytes of their JSON. */
export function encodeLegs(legs: readonly BundleLeg[]): Uint8Array {
  return encode(legs.map((leg) => legToJson(leg, toBase64)));
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

export function toBundle({ block, ...rest }: RawBundle): ConfirmedBundle {
  return { ...rest, hash: block };
}

export function toConfirmation(raw: RawConfirmation): Confirmation {
  return raw;
}

export function toBundleConfirmation({ bundle, ...rest }: RawBundleConfirmation): BundleConfirmation {
  return { ...rest, bundle: bundle && toBundle(bundle) };
}
