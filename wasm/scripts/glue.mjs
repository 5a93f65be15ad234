// Turns wasm-bindgen's bindings (`--target web`: one module with one instance in its top-level
// variables) into a function that starts a new instance at every call. An instance that trapped is
// in no known state; with one instance a client, nobody else is touched and it can be replaced.
// The loading code goes away: ts/module.ts knows more places that a module can come from.

/** The text between two marks, both excluded from it; each has to be there exactly once. */
function cut(text, from, to) {
  const start = text.indexOf(from);
  const end = text.indexOf(to, start);
  if (start < 0 || end < 0 || text.indexOf(from, start + 1) >= 0) {
    throw new Error(`wasm-bindgen's output has changed: ${JSON.stringify(from)} … ${JSON.stringify(to)}`);
  }
  return text.slice(0, start) + text.slice(end);
}

/**
 * @param {string} source the JavaScript that wasm-bindgen wrote
 * @param {string} declarations what is promised of it: ts/glue.d.ts or ts/data-glue.d.ts
 */
export function factory(source, declarations) {
  const names = [...source.matchAll(/^export (?:function|class) (\w+)/gm)].map((match) => match[1]);
  const promised = /export interface Bindings \{([^}]*)\}/.exec(declarations)?.[1] ?? '';
  const declared = [...promised.matchAll(/^ {2}(?:readonly )?(\w+)/gm)].map((match) => match[1]);
  const different = [...names.filter((name) => !declared.includes(name)), ...declared.filter((name) => !names.includes(name))];
  if (different.length > 0) throw new Error(`the declarations in ts/ and src/ disagree about ${different.join(', ')}`);

  let body = source.replace(/^export (function|class)/gm, '$1').replace(/^\/\* @ts-self-types.*\n/, '');
  body = cut(body, 'async function __wbg_load(', 'function initSync(');
  body = cut(body, 'function initSync(', 'let __wbg_init_promise');
  body = cut(body, 'let __wbg_init_promise', 'export { initSync');
  body = body.replace(/^export \{ initSync.*$/m, '');
  if (/\b(?:import|export)\b[ {(.]/.test(body.replace(/\/\*[^]*?\*\//g, ''))) {
    throw new Error("wasm-bindgen's output has changed: imports or exports are left over");
  }
  // Type comments serve no one here, they double the size, and ts/glue.d.ts says more.
  body = body.replace(/^\s*\/\*\*[^]*?\*\/\n/gm, '');
  return `export function instantiate(module) {
${body}
__wbg_finalize_init(new WebAssembly.Instance(module, __wbg_get_imports()), module);
return { ${names.join(', ')} };
}
`;
}
