// @ts-check
/* What duplicates and matches have in common: the report's columns, and folders as a person reads them. */
const report = (() => {
  "use strict";
  /** @type {About} */
  let about;
  /** @type {Record<string, number>} */
  let column = {};
  let root = "";

  /** Take in what the page knows of the report. @param {About} facts */
  function open(facts) {
    about = facts;
    column = Object.fromEntries(about.columns.map((name, place) => [name, place]));
  }

  /** Take in the folders of all items: what they have in common need not be said with each. @param {Iterable<string>} folders */
  function below(folders) {
    root = words.above([...new Set(folders)], about.separators);
  }

  /** The cell of a row under this column, empty where the report has none. @param {string[]} row @param {string} name */
  const cell = (row, name) => row[column[name]] ?? "";

  /** Put a value under a column, if there is one. @param {string[]} row @param {string} name @param {string} value */
  const put = (row, name, value) => { if (name in column) row[column[name]] = value; };

  /** The folder and the name of a path. @param {string} path */
  const split = (path) => words.split(path, about.separators);

  /** A folder without what all folders have in common. @param {string} folder */
  const short = (folder) => words.ending(`${folder}${about.separators[0]}`.startsWith(root) ? folder.slice(root.length) : folder, about.separators);

  return { open, below, cell, put, split, short, get common() { return root.length > 1 ? ` All below ${words.visible(root)}` : ""; } };
})();
