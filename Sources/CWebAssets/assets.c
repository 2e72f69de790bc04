// The viewer inside the binary. Each file of web/ has its line here; a test compares this list with the folder.
#include "web_assets.h"

static const unsigned char index_html[] = {
#embed "../../web/index.html"
};

static const web_asset assets[] = {
    {"index.html", index_html, sizeof index_html},
};

const web_asset *web_assets(size_t *count) {
    *count = sizeof assets / sizeof assets[0];
    return assets;
}
