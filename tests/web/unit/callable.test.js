/** Classes that ES5 code extends: Babel and TypeScript make of "class A extends B" a function that calls B, which a class forbids. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import test from "node:test";
import { callable } from "../../../www/lib/callable.js";

/**
 * A class as compiled code has it.
 * @param {any} Parent
 * @param {(parent: any, self: any) => any} begin how its constructor calls its parent's
 * @returns {any}
 */
function compiled(Parent, begin) {
  /** @this {any} */
  function Old() {
    const self = begin(Parent, this);
    self.own = "Old's";
    return self;
  }
  Object.setPrototypeOf(Old, Parent);
  Old.prototype = Object.create(Parent.prototype, { constructor: { value: Old, writable: true, configurable: true } });
  Old.prototype.who = function () {
    return `old ${Parent.prototype.who.call(this)}`;
  };
  return Old;
}

/** As Babel and TypeScript write `super(1)`. @type {Record<string, (parent: any, self: any) => any>} */
const WAYS = {
  "its parent called": (parent, self) => parent.call(self, 1) || self,
  "its parent applied": (parent, self) => parent.apply(self, [1]) || self,
  "Reflect.construct": (parent, self) => Reflect.construct(parent, [1], self.constructor),
};

class New {
  #secret;
  field = "New's";
  static made = 0;
  /** @param {number} secret */
  constructor(secret) {
    this.#secret = secret;
    this.target = new.target;
  }
  get secret() {
    return this.#secret;
  }
  who() {
    return `new ${this.#secret}`;
  }
  static make() {
    return new this(2);
  }
}

test("a class cannot be extended by compiled code", () => {
  assert.throws(() => new (compiled(New, WAYS["its parent called"]))(), /cannot be invoked without 'new'/);
});

for (const [way, begin] of Object.entries(WAYS))
  test(`a callable one can, also over two generations: ${way}`, () => {
    /** @type {any} */
    const Old = compiled(callable(New), begin);
    const Grandchild = compiled(Old, begin);
    for (const [Class, who] of /** @type {[any, string][]} */ ([
      [Old, "old new 1"],
      [Grandchild, "old old new 1"],
      [class extends Old {}, "old new 1"],
    ])) {
      const made = new Class();
      for (const parent of [Class, Old, New]) assert.ok(made instanceof parent);
      assert.equal(made.constructor, Class);
      assert.deepEqual([made.field, made.own, made.secret, made.who()], ["New's", "Old's", 1, who]);
    }
  });

test("a callable class is the class to everybody else", () => {
  const Callable = callable(New);
  const made = new Callable(3);
  assert.ok(made instanceof New && made instanceof Callable);
  assert.equal(made.target, Callable);
  assert.deepEqual([made.who(), Callable.made, Callable.make().secret], ["new 3", 0, 2]);
  class Child extends Callable {}
  const child = new Child(4);
  assert.deepEqual([child.target, child.constructor, child.who()], [Child, Child, "new 4"]);
});

test("no class is built on another package's as it is", async () => {
  const www = new URL("../../../www/", import.meta.url);
  const paths = (await readdir(www, { recursive: true })).filter((path) => /(?<!\bpkg\/.*)\.js$/.test(path));
  let n_built = 0;
  for (const path of paths) {
    const text = await readFile(new URL(path, www), "utf8");
    const taken = [...text.matchAll(/^import \{([^}]*)\} from "lit/gm)].flatMap(([, names]) => names.split(/\W+/));
    for (const [, call, parent] of text.matchAll(/\bextends (callable\()?(\w+)/g))
      if (taken.includes(parent)) {
        n_built += 1;
        assert.ok(call, `${path}: extends ${parent}: write extends callable(${parent})`);
      }
  }
  assert.ok(n_built >= 6, `${n_built} classes`);
});
