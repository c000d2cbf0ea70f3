// node:sqlite: names only; data is in KV.
const { absent } = internal.load("node/codes");

class DatabaseSync {
  constructor() {
    throw new TypeError("Illegal constructor");
  }
}
class StatementSync {
  constructor() {
    throw new TypeError("Illegal constructor");
  }
}
const constants = {};
const number = (from, names) => names.split(" ").forEach((name, i) => (constants[`SQLITE_${name}`] = from + i));
number(0, "CHANGESET_OMIT CHANGESET_REPLACE CHANGESET_ABORT");
number(1, "CHANGESET_DATA CHANGESET_NOTFOUND CHANGESET_CONFLICT CHANGESET_CONSTRAINT CHANGESET_FOREIGN_KEY");
number(0, "OK DENY IGNORE");
number(1, "CREATE_INDEX CREATE_TABLE CREATE_TEMP_INDEX CREATE_TEMP_TABLE CREATE_TEMP_TRIGGER CREATE_TEMP_VIEW CREATE_TRIGGER CREATE_VIEW " +
          "DELETE DROP_INDEX DROP_TABLE DROP_TEMP_INDEX DROP_TEMP_TABLE DROP_TEMP_TRIGGER DROP_TEMP_VIEW DROP_TRIGGER DROP_VIEW INSERT " +
          "PRAGMA READ SELECT TRANSACTION UPDATE ATTACH DETACH ALTER_TABLE REINDEX ANALYZE CREATE_VTABLE DROP_VTABLE FUNCTION SAVEPOINT RECURSIVE");
number(0, "COPY");

return { DatabaseSync, StatementSync, backup: absent("backup"), constants };
