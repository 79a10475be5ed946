/**
 * The variables of the host's environment that each worker inherits by default.
 *
 * @since 0.1.0
 */

/**
 * Invariant: the only such list. A variable belongs here if it decides how a value prints or where a file goes, so that a
 * task answers alike on every transport, and if its value is neither a secret nor code that Node runs. So `HOME` is absent
 * (credentials are found through it), and so are `NODE_OPTIONS` (which loads modules) and `LC_*` as a pattern (servers
 * accept any name of this form from a client).
 */
export const inherited: ReadonlyArray<string> = [
  // Where programs are found.
  "PATH",
  // How dates print, and in which zone they are parsed.
  "TZ",
  // How numbers, dates and lists print, and how texts are ordered.
  "LANG",
  "LANGUAGE",
  "LC_ALL",
  "LC_ADDRESS",
  "LC_COLLATE",
  "LC_CTYPE",
  "LC_IDENTIFICATION",
  "LC_MEASUREMENT",
  "LC_MESSAGES",
  "LC_MONETARY",
  "LC_NAME",
  "LC_NUMERIC",
  "LC_PAPER",
  "LC_TELEPHONE",
  "LC_TIME",
  "NODE_ICU_DATA",
  // Whether text is coloured.
  "NO_COLOR",
  "FORCE_COLOR",
  // Where temporary files go.
  "TMPDIR",
  "TEMP",
  "TMP",
  // Which build of a library runs: many print, check or log by it.
  "NODE_ENV"
]
