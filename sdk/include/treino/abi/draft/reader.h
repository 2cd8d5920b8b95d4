/* DRAFT 1 of the kind "reader": opens a source of samples, for `format = "<id>"` of a file in [data].
 *
 * A draft as abi/draft/exporter.h says: this header may change in any release, and the contract's version says nothing of it. The
 * description says `draft = 1`. Its parameters are keys of the manifest beside `file` and `format`.
 *
 * An instance opens one source, once. What the source holds is fields: columns (a number or a text for each row) and tensors (of one
 * shape for all rows). Which of them are features and targets is the host's business, and so are missing values, scaling, splits and
 * order. open looks at as little of the source as tells the schema: it is called for `treino check` too, before any run.
 *
 * read gives any rows in any order. A reader keeps a bounded part of its source in memory, or what it has read of it as it is stored:
 * never more for each row than the source itself backs.
 *
 * What is wrong with a source is an error that begins with its place, "wine.csv:14:3: expected a number, found 'abc'" (file, line and
 * field, from 1), or "digits.npy: ..." where the format has no lines. A source may be truncated, hostile, or changed while it is read:
 * each ends in an error. The host checks what a reader says of itself, and refuses sizes that cannot be.
 *
 * Calls come one at a time, from any thread. In a run of several processes each opens its own reader. Readers have no save and no load.
 */
#ifndef TREINO_ABI_DRAFT_READER_H
#define TREINO_ABI_DRAFT_READER_H

#include <treino/abi/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TREINO_READER_DRAFT 1u

/* The most fields of a source, axes of a field's shape, and numbers of one row of it. */
#define TREINO_READER_MOST_FIELDS 1048576u
#define TREINO_READER_MOST_RANK 32u
#define TREINO_READER_MOST_NUMBERS 2147483647

/* Types of values, in the byte order of the machine. */
enum {
  TREINO_READ_BOOL = 1, /* a byte: 0 or not */
  TREINO_READ_UINT8 = 2,
  TREINO_READ_INT8 = 3,
  TREINO_READ_UINT16 = 4,
  TREINO_READ_INT16 = 5,
  TREINO_READ_UINT32 = 6,
  TREINO_READ_INT32 = 7,
  TREINO_READ_UINT64 = 8,
  TREINO_READ_INT64 = 9,
  TREINO_READ_FLOAT16 = 10,
  TREINO_READ_FLOAT32 = 11,
  TREINO_READ_FLOAT64 = 12,
  TREINO_READ_TEXT = 13 /* treino_read_text */
};

/* What a field is where the manifest does not say. */
enum {
  TREINO_FIELD_FEATURE = 0,
  TREINO_FIELD_TARGET = 1,
  TREINO_FIELD_OTHER = 2 /* neither: read only where its name or number is given */
};

/* Bytes of UTF-8, without a zero at the end. The reader's, valid until its next call. Frozen within a draft. */
typedef struct treino_read_text {
  const char* bytes;
  uint64_t size;
} treino_read_text;

/* Frozen within a draft. */
typedef struct treino_reader_field {
  const char* name;     /* NULL: the source names none */
  const int64_t* shape; /* of one row; of a column NULL */
  uint32_t rank;        /* 0: a column */
  uint32_t
      type; /* how it is stored, and read. A column of texts can be read as FLOAT32 and FLOAT64 too: the reader parses them */
  uint32_t role; /* TREINO_FIELD_... */
  uint32_t reserved;
} treino_reader_field;

/* What is to be opened. */
typedef struct treino_reader_source {
  uint32_t size;
  uint32_t
      further; /* 1: beside the training data: it should have the names that those have; 0: they are what the manifest names */
  const char* path; /* absolute, as the manifest or the command line has it; a folder or anything else, as the reader likes */
  /* Names of fields that will be looked for: of features, and of targets. For formats that do not say whether they hold names. */
  const char* const* feature_names;
  const char* const* target_names;
  /* Texts that stand for a missing value: in place of a number each is read as NaN. */
  const char* const* missing;
  uint32_t feature_name_count;
  uint32_t target_name_count;
  uint32_t missing_count;
  uint32_t targets; /* 0: targets are not wanted, and may lack */
  /* The classes that targets may be, by their numbers: those of the training data, or of the manifest. None: they are to be found. */
  const char* const* class_names;
  uint32_t class_name_count;
  uint32_t reserved;
} treino_reader_source;

/* What open answers. The host hands it over with `size` set, `rows` -1 and all else 0. Pointers stay valid until destroy. */
typedef struct treino_reader_schema {
  uint32_t size;
  uint32_t field_count;
  const treino_reader_field* fields;
  int64_t rows;     /* -1: known only once the source has been read to its end */
  const char* head; /* the place of the names, for errors about them: "wine.csv:1"; NULL: the source's path */
  const char* hint; /* appended to errors about fields: what may be the matter with the source; NULL: nothing is known */
  /* Of a source whose targets are classes that the reader numbers, from 0: what they are called. Where it was given names, these. */
  const char* const* class_names;
  uint32_t class_name_count;
  uint32_t reserved;
} treino_reader_schema;

/* Where a field of the rows goes: row i of the call begins at data + i * stride. Frozen within a draft. */
typedef struct treino_read_destination {
  void* data;
  int64_t stride; /* in bytes */
  uint32_t field;
  uint32_t type; /* the field's own; of a column of texts also FLOAT32 or FLOAT64 */
} treino_read_destination;

typedef struct treino_read {
  uint32_t size;
  uint32_t destination_count;
  const int64_t* rows; /* numbers of the rows, from 0; NULL: first, first + 1, ... */
  int64_t first;
  int64_t count; /* at least 1 */
  const treino_read_destination* destinations;
  int64_t
      given; /* set: how many rows, from the first one on; fewer than asked for only at the end of a source that did not know its rows */
  int64_t
      expected; /* set by such a source: how many rows there may be in all; 0: no idea. For the size of memory, and for nothing else */
} treino_read;

/* Where a value stands in its source, for the host's errors. Texts are the reader's, valid until its next call. */
typedef struct treino_read_place {
  uint32_t size;
  uint32_t reserved;
  const char* where; /* "wine.csv:14:3" */
  const char* found; /* what stands there; NULL: no text */
} treino_read_place;

typedef struct treino_reader {
  uint32_t size;
  uint32_t reserved;
  /* [control] Once after create. */
  treino_status (*open)(void* self, const treino_reader_source* source, treino_reader_schema* schema, treino_error* error);
  /* [any] Sets the destinations; values that are missing are NaN, or of texts as they are written. Rows that there are not are an
     error, but for those after the end of a source that did not know its rows. */
  treino_status (*read)(void* self, treino_read* read, treino_error* error);
  /* [any] NULL, or TREINO_MISSING: the host names the source, the row and the field. May be slow: a run ends with it. */
  treino_status (*locate)(void* self, int64_t row, uint32_t field, treino_read_place* place, treino_error* error);
} treino_reader;

#ifdef __cplusplus
}
#endif

#endif
