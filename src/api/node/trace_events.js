// node:trace_events: nothing is traced.
const { validateObject, validateArray, validateString, typeError } = internal.load("node/errors");

class Tracing {
  #categories;
  enabled = false;
  constructor(categories) {
    this.#categories = categories;
  }
  enable() {}
  disable() {}
  get categories() {
    return this.#categories.join(",");
  }
}

function createTracing(options) {
  validateObject(options, "options");
  validateArray(options.categories, "options.categories");
  options.categories.forEach((category, i) => validateString(category, `options.categories[${i}]`));
  if (options.categories.length === 0) throw typeError("ERR_TRACE_EVENTS_CATEGORY_REQUIRED", "At least one category is required");
  return new Tracing(options.categories);
}

return { createTracing, getEnabledCategories() {} };
