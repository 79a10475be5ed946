/**
 * Options without inherited properties.
 *
 * A property put on `Object.prototype` would be read as an option wherever the caller leaves that option out:
 * `execArgv` or `env` there would run a file in every worker. So every boundary copies the options, own keys only, to
 * an object without a prototype, before reading the first option (S223, G10).
 *
 * @since 0.1.0
 */

/** Returns a copy of the own properties. A value that is no object passes through, for the later checks to reject. */
export const own = <A>(options: A): A =>
  typeof options === "object" && options !== null && !Array.isArray(options)
    ? Object.assign(Object.create(null), options)
    : options
