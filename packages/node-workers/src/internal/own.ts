/**
 * Options without inherited properties.
 *
 * A property of `Object.prototype` is read as an option wherever the option is left out: a polluted `execArgv` or `env`
 * would run a file in every worker. So every boundary copies options by own key to an object without a prototype, before
 * any option is read (S223, G10).
 *
 * The same as in core, whose function is not public.
 *
 * @since 0.1.0
 */

/** Copies the own properties to an object without a prototype. A value that is no object is returned for later checks. */
export const own = <A>(options: A): A =>
  typeof options === "object" && options !== null && !Array.isArray(options)
    ? Object.assign(Object.create(null), options)
    : options
