import js from "@eslint/js";
import globals from "globals";

// Each page is one script out of several files, which see each other's constants; TypeScript knows whether they are there.
export default [
  js.configs.recommended,
  {
    files: ["**/*.js"],
    languageOptions: { ecmaVersion: 2024, sourceType: "script", globals: globals.browser },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "no-undef": "off",
      "no-control-regex": "off",
      "no-unused-vars": ["error", { vars: "local", argsIgnorePattern: "^_" }],
      "no-empty": ["error", { allowEmptyCatch: true }],
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": ["error", { destructuring: "all" }],
      "no-implicit-globals": "off",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-shadow": ["error", { builtinGlobals: false, allow: ["open", "name", "text"] }],
      "no-restricted-properties": ["error", { property: "innerHTML", message: "Names and tags only ever become text, never markup." }],
      strict: ["error", "function"],
    },
  },
];
