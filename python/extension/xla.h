/*
 * The C ABI of XLA's foreign functions, which JAX calls: its structs, as far as they are needed. Every struct begins
 * with its size, and grows at its end. Source: xla/ffi/api/c_api.h, version 0.3, which jaxlib ships
 * (https://github.com/openxla/xla).
 */
#ifndef PLANISH_PYTHON_XLA_H
#define PLANISH_PYTHON_XLA_H

#include <stddef.h>
#include <stdint.h>

enum { XLA_MAJOR = 0 };
enum { XLA_METADATA = 1 }; /* the type of an extension */
enum { XLA_EXECUTE = 3 };  /* a stage */
enum { XLA_INVALID_ARGUMENT = 3 };
enum { XLA_S64 = 5, XLA_F16 = 10, XLA_F32 = 11, XLA_F64 = 12, XLA_BF16 = 16 };

typedef struct XlaExtension {
  size_t struct_size;
  int type;
  struct XlaExtension *next;
} XlaExtension;

typedef struct XlaVersion {
  size_t struct_size;
  XlaExtension *extensions;
  int major, minor;
} XlaVersion;

/* What XLA asks for when a function is registered, and before it is called. */
typedef struct XlaMetadata {
  size_t struct_size;
  XlaVersion version;
  uint32_t traits;
} XlaMetadata;

typedef struct XlaMetadataExtension {
  XlaExtension base;
  XlaMetadata *metadata;
} XlaMetadataExtension;

typedef struct XlaError XlaError;

typedef struct XlaErrorArguments {
  size_t struct_size;
  XlaExtension *extensions;
  const char *message; /* is copied */
  int code;
} XlaErrorArguments;

typedef struct XlaApi {
  size_t struct_size;
  XlaExtension *extensions;
  XlaVersion version;
  const void *internal;
  XlaError *(*create_error)(XlaErrorArguments *arguments);
} XlaApi;

/* Dense, in C order. */
typedef struct XlaBuffer {
  size_t struct_size;
  XlaExtension *extensions;
  int dtype;
  void *data;
  int64_t rank;
  int64_t *extents;
} XlaBuffer;

/* Arguments or results. */
typedef struct XlaBuffers {
  size_t struct_size;
  XlaExtension *extensions;
  int64_t count;
  int *types;
  XlaBuffer **buffers;
} XlaBuffers;

typedef struct XlaScalar {
  int dtype;
  void *value;
} XlaScalar;

typedef struct XlaName {
  const char *text;
  size_t length;
} XlaName;

/* In the order of their names. */
typedef struct XlaAttributes {
  size_t struct_size;
  XlaExtension *extensions;
  int64_t count;
  int *types;
  XlaName **names;
  XlaScalar **values; /* where the type says so */
} XlaAttributes;

typedef struct XlaCall {
  size_t struct_size;
  XlaExtension *extensions;
  const XlaApi *api;
  void *context;
  int stage;
  XlaBuffers arguments, results;
  XlaAttributes attributes;
} XlaCall;

typedef XlaError *XlaHandler(XlaCall *call);

#endif
