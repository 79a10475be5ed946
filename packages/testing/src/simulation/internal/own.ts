/**
 * Options without what they inherit.
 *
 * A property that somebody has put on `Object.prototype` is read as an option wherever one is left out: `execArgv` or `env`
 * there would run a file in every worker. So options are copied, by own key, to objects without a prototype at every
 * boundary, before the first of them is read (S223, G10).
 *
 * As in core, whose own function is not public.
 *
 * @since 0.1.0
 */

/** A copy that has what was given and nothing else; what is no object is left to those who check it. */
export const own = <A>(options: A): A =>
  typeof options === "object" && options !== null && !Array.isArray(options)
    ? Object.assign(Object.create(null), options)
    : options
