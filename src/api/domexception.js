// DOMException: a genuine error object (it has a stack, Error.isError() says true) that is shaped as an interface.
// https://webidl.spec.whatwg.org/#idl-DOMException
const { Error, ObjectDefineProperty, ObjectSetPrototypeOf, ReflectConstruct, StringPrototypeIndexOf, StringPrototypeSlice } = primordials;
const { constants, domString, illegalInvocation, isObject } = internal.load('webidl');

const CODES = {
  __proto__: null,
  IndexSizeError: 1,
  HierarchyRequestError: 3,
  WrongDocumentError: 4,
  InvalidCharacterError: 5,
  NoModificationAllowedError: 7,
  NotFoundError: 8,
  NotSupportedError: 9,
  InUseAttributeError: 10,
  InvalidStateError: 11,
  SyntaxError: 12,
  InvalidModificationError: 13,
  NamespaceError: 14,
  InvalidAccessError: 15,
  TypeMismatchError: 17,
  SecurityError: 18,
  NetworkError: 19,
  AbortError: 20,
  URLMismatchError: 21,
  QuotaExceededError: 22,
  TimeoutError: 23,
  InvalidNodeTypeError: 24,
  DataCloneError: 25,
};

// The stack begins where the exception was made, not in here.
function trimStack(error) {
  const { stack } = error;
  if (typeof stack !== 'string') return;
  const at = StringPrototypeIndexOf(stack, 'cusp:domexception');
  const end = at < 0 ? -1 : StringPrototypeIndexOf(stack, '\n', at);
  if (end < 0) return;
  const value = StringPrototypeSlice(stack, end + 1);
  ObjectDefineProperty(error, 'stack', { __proto__: null, value, writable: true, configurable: true });
}

class Given {
  constructor(object) {
    return object;
  }
}
// Puts private fields on the error object.
let dataOf;
class Data extends Given {
  #message;
  #name;
  constructor(error, message, name) {
    super(error);
    this.#message = message;
    this.#name = name;
  }
  static {
    dataOf = (v) => {
      if (!isObject(v) || !(#name in v)) throw illegalInvocation();
      return { __proto__: null, message: v.#message, name: v.#name };
    };
    this.has = (v) => isObject(v) && #name in v;
  }
}

class DOMException {
  constructor(message = undefined, options = undefined) {
    let name = 'Error';
    let cause;
    let hasCause = false;
    message = message === undefined ? '' : domString(message);
    if (isObject(options)) {
      // Workers, as Node does: { name, cause }.
      if (options.name !== undefined) name = domString(options.name);
      hasCause = 'cause' in options;
      if (hasCause) ({ cause } = options);
    } else if (options !== undefined) {
      name = domString(options);
    }
    const error = ReflectConstruct(Error, hasCause ? ['', { __proto__: null, cause }] : [], new.target);
    delete error.message;
    trimStack(error);
    new Data(error, message, name);
    return error;
  }
  get name() {
    return dataOf(this).name;
  }
  get message() {
    return dataOf(this).message;
  }
  get code() {
    return CODES[dataOf(this).name] ?? 0;
  }
}
ObjectSetPrototypeOf(DOMException.prototype, Error.prototype);
internal.shape(DOMException, 'DOMException');
constants(DOMException, {
  __proto__: null,
  INDEX_SIZE_ERR: 1,
  DOMSTRING_SIZE_ERR: 2,
  HIERARCHY_REQUEST_ERR: 3,
  WRONG_DOCUMENT_ERR: 4,
  INVALID_CHARACTER_ERR: 5,
  NO_DATA_ALLOWED_ERR: 6,
  NO_MODIFICATION_ALLOWED_ERR: 7,
  NOT_FOUND_ERR: 8,
  NOT_SUPPORTED_ERR: 9,
  INUSE_ATTRIBUTE_ERR: 10,
  INVALID_STATE_ERR: 11,
  SYNTAX_ERR: 12,
  INVALID_MODIFICATION_ERR: 13,
  NAMESPACE_ERR: 14,
  INVALID_ACCESS_ERR: 15,
  VALIDATION_ERR: 16,
  TYPE_MISMATCH_ERR: 17,
  SECURITY_ERR: 18,
  NETWORK_ERR: 19,
  ABORT_ERR: 20,
  URL_MISMATCH_ERR: 21,
  QUOTA_EXCEEDED_ERR: 22,
  TIMEOUT_ERR: 23,
  INVALID_NODE_TYPE_ERR: 24,
  DATA_CLONE_ERR: 25,
});

return {
  DOMException,
  isDOMException: Data.has,
  describe: dataOf, // { name, message }
  // For C (isolate_set_dom_exception).
  makeDOMException: (message, name) => new DOMException(message, name),
};
