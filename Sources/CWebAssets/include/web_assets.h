#pragma once
#include <stddef.h>

/// One file of web/, embedded in the binary.
typedef struct {
    const char *path;             ///< relative to web/, for example "index.html"
    const unsigned char *bytes;
    size_t count;
} web_asset;

/// All embedded files.
const web_asset *web_assets(size_t *count);
