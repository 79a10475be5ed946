/** Puts a property on `Object.prototype`; returns what takes it away. */
export declare const pollute: (key: string, value: unknown) => () => void
/** Checks that a function, which must not wait, returns the same with each of these properties on `Object.prototype`. */
export declare const unmoved: (options: Record<string, unknown>, run: () => unknown) => void
//# sourceMappingURL=polluted.d.ts.map
