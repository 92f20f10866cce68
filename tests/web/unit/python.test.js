import assert from "node:assert/strict";
import test from "node:test";
import { reprFloat, reprList, reprString, reprTuple, round6 } from "../../../scripts/lib/python.js";

/** @type {[print: () => string, expected: string][]} */
const TABLE = [
  // repr(round(x, 6)) of a float32, as Python prints it
  [() => reprFloat(round6(0.8763250708580017)), "0.876325"],
  [() => reprFloat(round6(0.9002495408058167)), "0.90025"],
  [() => reprFloat(round6(0.0078125)), "0.007812"], // a half: down to the even neighbour
  [() => reprFloat(round6(0.0234375)), "0.023438"], // a half: up to the even neighbour
  [() => reprFloat(round6(-0.0234375)), "-0.023438"],
  [() => reprFloat(round6(0.00002)), "2e-05"],
  [() => reprFloat(round6(1)), "1.0"],
  [() => reprFloat(round6(0)), "0.0"],
  // repr of floats
  [() => reprFloat(0.9999999403953552), "0.9999999403953552"],
  [() => reprFloat(0.0001), "0.0001"],
  [() => reprFloat(0.00001), "1e-05"],
  [() => reprFloat(1.5e-7), "1.5e-07"],
  [() => reprFloat(1e15), "1000000000000000.0"],
  [() => reprFloat(1e16), "1e+16"],
  [() => reprFloat(1.25e100), "1.25e+100"],
  [() => reprFloat(-0), "-0.0"],
  [() => reprFloat(Number.NaN), "nan"],
  [() => reprFloat(Number.NEGATIVE_INFINITY), "-inf"],
  // repr of strings, lists, tuples
  [() => reprString("the\n"), "'the\\n'"],
  [() => reprString("it's"), '"it\'s"'],
  [() => reprString(`'"`), "'\\'\"'"],
  [() => reprString("\t\\\r"), "'\\t\\\\\\r'"],
  [() => reprList([3, 0]), "[3, 0]"],
  [() => reprTuple([1, 4, 30]), "(1, 4, 30)"],
];

test("values print as Python prints them", () => {
  for (const [print, expected] of TABLE) assert.equal(print(), expected);
});
