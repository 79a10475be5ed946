// All that can be told of a value, as text: two values with one shape cannot be told apart by a program.

/** Prototypes, own fields with their flags and order, what is inside, and which parts are the same object. */
export const shapeOf = (root: unknown): string => {
  const numbers = new Map<object, number>()
  const lines: Array<string> = []
  const visit = (value: unknown): string => {
    if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value)
    if (typeof value === "string") return JSON.stringify(value)
    if (typeof value === "bigint") return `${value}n`
    if (typeof value !== "object" || value === null) return String(value)
    const seen = numbers.get(value)
    if (seen !== undefined) return `#${seen}`
    const number = numbers.size
    numbers.set(value, number)
    const line = lines.push("") - 1
    lines[line] =
      `#${number} ${[prototypeOf(value), ...inside(value, visit), ...fields(value, visit)].join(" ")}`
    return `#${number}`
  }
  return [visit(root), ...lines].join("\n")
}

const prototypeOf = (value: object): string => {
  const prototype = Object.getPrototypeOf(value)
  return prototype === null ? "null" : prototype.constructor.name
}

type Visit = (value: unknown) => string

const inside = (value: object, visit: Visit): ReadonlyArray<string> => {
  if (value instanceof Map) return Array.from(value, ([key, item]) => `${visit(key)}=>${visit(item)}`)
  if (value instanceof Set) return Array.from(value, visit)
  if (value instanceof Date) return [String(value.getTime())]
  if (value instanceof RegExp) return [value.source, value.flags]
  if (value instanceof ArrayBuffer) {
    return [Buffer.from(value).toString("hex"), String(value.resizable), String(value.maxByteLength)]
  }
  if (ArrayBuffer.isView(value)) {
    return [visit(value.buffer), String(value.byteOffset), String(value.byteLength)]
  }
  const boxed = /^\[object (Number|String|BigInt|Boolean)\]$/.test(Object.prototype.toString.call(value))
  if (boxed) return [visit(value.valueOf())]
  return []
}

const fields = (value: object, visit: Visit): ReadonlyArray<string> => {
  // The fields of a view are its bytes.
  if (ArrayBuffer.isView(value)) return []
  return Reflect.ownKeys(value).map((key) => {
    const {
      configurable,
      enumerable,
      get,
      value: field,
      writable
    } = Object.getOwnPropertyDescriptor(value, key)!
    const flags = [configurable, enumerable, writable, get !== undefined].map(Number).join("")
    return `${String(key)}:${flags}:${visit(field)}`
  })
}
