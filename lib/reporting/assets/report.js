// @ts-check
/* What duplicates and matches have in common: the report's columns, and folders as a person reads them. */
const report = (() => {
  "use strict";
  /** @type {About} */
  let about;
  /** @type {Record<string, number>} */
  let column = {};
  let root = "";
  /** @type {Set<string>} */
  let roots = new Set();

  /** Take in what the page knows of the report. @param {About} facts */
  function open(facts) {
    about = facts;
    column = Object.fromEntries(about.columns.map((name, place) => [name, place]));
  }

  /** Take in the folders of all items: what they have in common need not be said with each. @param {Iterable<string>} folders */
  function below(folders) {
    root = words.above([...new Set(folders)], about.separators);
  }

  /** Take in the folders that were searched. @param {Iterable<string>} locations */
  function searched(locations) {
    roots = new Set(locations);
    roots.delete("offline");
  }

  /**
   * The part of a searched folder in which a file lies: two floors below it where there is only one, else one. What lies elsewhere is
   * told whole.
   * @param {{ folder: string, location: string }} file
   */
  function branch({ folder, location }) {
    const isEnd = (place) => place >= folder.length || about.separators.includes(folder[place]);
    const isBelow = location && folder.startsWith(location) && (isEnd(location.length) || about.separators.includes(location.at(-1) ?? ""));
    if (!isBelow) return folder;
    let end = location.length;
    for (let floor = roots.size > 1 ? 1 : 2; floor > 0 && end < folder.length; floor -= 1) {
      do end += 1;
      while (!isEnd(end));
    }
    return folder.slice(0, end);
  }

  /** The last two parts of what `branch` gives. @param {string} folder */
  const branchName = (folder) => {
    const { folder: above, name } = split(folder);
    return above && above !== folder ? `${split(above).name}${about.separators[0]}${name}` : folder;
  };

  /** The cell of a row under this column, empty where the report has none. @param {string[]} row @param {string} name */
  const cell = (row, name) => row[column[name]] ?? "";

  /** Put a value under a column, if there is one. @param {string[]} row @param {string} name @param {string} value */
  const put = (row, name, value) => { if (name in column) row[column[name]] = value; };

  /** The folder and the name of a path. @param {string} path */
  const split = (path) => words.split(path, about.separators);

  /** A folder without what all folders have in common. @param {string} folder */
  const short = (folder) => words.ending(`${folder}${about.separators[0]}`.startsWith(root) ? folder.slice(root.length) : folder, about.separators);

  return { open, below, searched, branch, branchName, cell, put, split, short, get common() { return root.length > 1 ? ` All below ${words.visible(root)}` : ""; } };
})();
