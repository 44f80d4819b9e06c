// Reads structs and enums out of the public PJRT header and lays the structs out as C compilers of 64-bit systems do.
// Knows just the C that this header is written in; what it does not know is an error, never a guess. Pure.

/** How a field is read: a pointer, a number of that C type, a bool, or memory with a layout of its own. */
export type FieldKind = "ptr" | "u64" | "i64" | "i32" | "f32" | "bool" | "struct";

export interface HeaderField {
  name: string;
  at: number;
  kind: FieldKind;
}

export interface HeaderStruct {
  /** `PJRT_STRUCT_SIZE`: up to the end of the last field, without the padding behind it. */
  structSize: number;
  fields: readonly HeaderField[];
}

export interface Header {
  version: string;
  structs: ReadonlyMap<string, HeaderStruct>;
  enums: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

interface CType {
  size: number;
  align: number;
  kind: FieldKind;
}

interface Layout extends HeaderStruct {
  type: CType;
}

const POINTER: CType = { size: 8, align: 8, kind: "ptr" };

/** LP64 and Windows x64 agree on all of these. */
const SCALARS: Readonly<Record<string, CType>> = {
  size_t: { size: 8, align: 8, kind: "u64" },
  uint64_t: { size: 8, align: 8, kind: "u64" },
  int64_t: { size: 8, align: 8, kind: "i64" },
  intptr_t: { size: 8, align: 8, kind: "i64" },
  uintptr_t: { size: 8, align: 8, kind: "u64" },
  int: { size: 4, align: 4, kind: "i32" },
  float: { size: 4, align: 4, kind: "f32" },
  bool: { size: 1, align: 1, kind: "bool" },
};
const ENUM: CType = { size: 4, align: 4, kind: "i32" };

export function parseHeader(header: string): Header {
  const text = header.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
  const enums = parseEnums(text);
  const types = new Map<string, CType>(Object.entries(SCALARS));
  for (const name of enums.keys()) types.set(name, ENUM);
  // typedef PJRT_Error* (*PJRT_KeyValueGetCallback)(
  for (const [, name = ""] of text.matchAll(/^typedef[^;{}()]*\(\*(\w+)\)\(/gm)) types.set(name, POINTER);
  const structs = new Map<string, HeaderStruct>();
  for (const [name, body] of findStructs(text)) {
    const layout = layOut(parseFields(body, types), name);
    types.set(name, layout.type);
    structs.set(name, layout);
  }
  checkLastFields(text, structs);
  return { version: `${parseDefine(text, "PJRT_API_MAJOR")}.${parseDefine(text, "PJRT_API_MINOR")}`, structs, enums };
}

function parseDefine(text: string, name: string): string {
  const value = new RegExp(`^#define ${name} (\\d+)`, "m").exec(text)?.[1];
  if (value === undefined) throw new Error(`Cannot read the header: found no ${name}`);
  return value;
}

/** `typedef enum { A = 0, B, C } NAME;` */
function parseEnums(text: string): Map<string, Map<string, number>> {
  const enums = new Map<string, Map<string, number>>();
  for (const [, body = "", name = ""] of text.matchAll(/^typedef enum \{([^}]*)\} (\w+);/gm)) {
    const values = new Map<string, number>();
    let next = 0;
    for (const entry of body.split(",").map((part) => part.trim()).filter((part) => part !== "")) {
      const [, key = "", value] = /^(\w+)(?: = (\d+))?$/.exec(entry) ?? [];
      if (key === "") throw new Error(`Cannot read the header: found "${entry}" in the enum ${name}`);
      next = value === undefined ? next : Number(value);
      values.set(key, next++);
    }
    enums.set(name, values);
  }
  return enums;
}

/** Names and bodies of `struct NAME {...};` and `typedef struct NAME {...} NAME;`, in order. */
function* findStructs(text: string): Generator<[string, string]> {
  for (const match of text.matchAll(/^(?:typedef )?struct (\w+) \{/gm)) {
    const begin = match.index + match[0].length;
    yield [match[1] ?? "", text.slice(begin, findClosingBrace(text, begin))];
  }
}

function findClosingBrace(text: string, begin: number): number {
  let depth = 1;
  for (let i = begin; i < text.length; i++) {
    if (text[i] === "{") depth++;
    if (text[i] === "}" && --depth === 0) return i;
  }
  throw new Error("Cannot read the header: found a brace that is never closed");
}

/** One field, or the members of an anonymous union, which share one place. */
type Member = readonly { name: string; type: CType }[];

function parseFields(body: string, types: ReadonlyMap<string, CType>): Member[] {
  const members: Member[] = [];
  const pattern = /\s*(?:union \{([^}]*)\};|_PJRT_API_STRUCT_FIELD\((\w+)\);|([^;]+);)/g;
  for (const [, union, slot, field] of body.matchAll(pattern)) {
    if (union !== undefined) members.push(parseFields(union, types).flat());
    else if (slot !== undefined) members.push([{ name: slot, type: POINTER }]);
    else members.push([parseField((field ?? "").trim(), types)]);
  }
  return members;
}

/** `const char* name`, `PJRT_Device* const* devices`, `void (*deleter)(void* data)`, `int launch_id`. */
function parseField(field: string, types: ReadonlyMap<string, CType>): { name: string; type: CType } {
  const callback = /^[\w\s*]+\(\*(\w+)\)\(/.exec(field)?.[1];
  if (callback !== undefined) return { name: callback, type: POINTER };
  const [, words = "", name = ""] = /^([\w\s*]+?[\s*])(\w+)$/.exec(field) ?? [];
  const type = words.includes("*") ? POINTER : types.get(words.trim());
  if (name === "" || type === undefined) throw new Error(`Cannot read the header: found the field "${field}"`);
  return { name, type };
}

function layOut(members: readonly Member[], name: string): Layout {
  const fields: HeaderField[] = [];
  let [end, align] = [0, 1];
  for (const member of members) {
    const memberAlign = Math.max(...member.map(({ type }) => type.align));
    const at = roundUp(end, memberAlign);
    for (const { name, type } of member) fields.push({ name, at, kind: type.kind });
    end = at + roundUp(Math.max(...member.map(({ type }) => type.size)), member.length > 1 ? memberAlign : 1);
    align = Math.max(align, memberAlign);
  }
  if (fields.length === 0) throw new Error(`Cannot read the header: found no field in ${name}`);
  return { structSize: end, fields, type: { size: roundUp(end, align), align, kind: "struct" } };
}

const roundUp = (value: number, align: number): number => Math.ceil(value / align) * align;

/** The header says which field is the last: `PJRT_DEFINE_STRUCT_TRAITS(PJRT_Error_Message_Args, message_size);` */
function checkLastFields(text: string, structs: ReadonlyMap<string, HeaderStruct>): void {
  const pattern = /^PJRT_DEFINE_STRUCT_TRAITS\(\s*(\w+),\s*(\w+)\);/gm;
  for (const [, name = "", last = ""] of text.matchAll(pattern)) {
    const found = structs.get(name)?.fields.at(-1)?.name;
    if (found === last) continue;
    throw new Error(`Cannot read the header: found "${found}" at the end of ${name}, not "${last}"`);
  }
}
