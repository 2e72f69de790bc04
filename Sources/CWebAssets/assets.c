// The viewer inside the binary: each file of web/ has its lines here. A test compares this list with the folder, and writes it:
// LOUPE_WRITE_ASSETS=1 swift test --filter ViewerPagesTests
#include "web_assets.h"

static const unsigned char app_js[] = {
#embed "../../web/app.js"
};
static const unsigned char data_api_js[] = {
#embed "../../web/data/api.js"
};
static const unsigned char data_span_store_js[] = {
#embed "../../web/data/span-store.js"
};
static const unsigned char data_trace_loader_js[] = {
#embed "../../web/data/trace-loader.js"
};
static const unsigned char draw_bars_js[] = {
#embed "../../web/draw/bars.js"
};
static const unsigned char draw_overlay_js[] = {
#embed "../../web/draw/overlay.js"
};
static const unsigned char draw_overview_js[] = {
#embed "../../web/draw/overview.js"
};
static const unsigned char draw_palette_js[] = {
#embed "../../web/draw/palette.js"
};
static const unsigned char draw_patterns_js[] = {
#embed "../../web/draw/patterns.js"
};
static const unsigned char draw_surface_js[] = {
#embed "../../web/draw/surface.js"
};
static const unsigned char draw_time_strips_js[] = {
#embed "../../web/draw/time-strips.js"
};
static const unsigned char index_html[] = {
#embed "../../web/index.html"
};
static const unsigned char loupe_css[] = {
#embed "../../web/loupe.css"
};
static const unsigned char loupe_svg[] = {
#embed "../../web/loupe.svg"
};
static const unsigned char model_attribute_value_js[] = {
#embed "../../web/model/attribute-value.js"
};
static const unsigned char model_bar_layout_js[] = {
#embed "../../web/model/bar-layout.js"
};
static const unsigned char model_critical_path_js[] = {
#embed "../../web/model/critical-path.js"
};
static const unsigned char model_find_js[] = {
#embed "../../web/model/find.js"
};
static const unsigned char model_findings_js[] = {
#embed "../../web/model/findings.js"
};
static const unsigned char model_grouping_js[] = {
#embed "../../web/model/grouping.js"
};
static const unsigned char model_lpt1_js[] = {
#embed "../../web/model/lpt1.js"
};
static const unsigned char model_minimap_layout_js[] = {
#embed "../../web/model/minimap-layout.js"
};
static const unsigned char model_overview_raster_js[] = {
#embed "../../web/model/overview-raster.js"
};
static const unsigned char model_self_time_js[] = {
#embed "../../web/model/self-time.js"
};
static const unsigned char model_sql_format_js[] = {
#embed "../../web/model/sql-format.js"
};
static const unsigned char model_stack_fold_js[] = {
#embed "../../web/model/stack-fold.js"
};
static const unsigned char model_ticks_js[] = {
#embed "../../web/model/ticks.js"
};
static const unsigned char model_trace_growth_js[] = {
#embed "../../web/model/trace-growth.js"
};
static const unsigned char model_trace_list_js[] = {
#embed "../../web/model/trace-list.js"
};
static const unsigned char model_trace_reference_js[] = {
#embed "../../web/model/trace-reference.js"
};
static const unsigned char model_trace_session_js[] = {
#embed "../../web/model/trace-session.js"
};
static const unsigned char model_trace_tree_js[] = {
#embed "../../web/model/trace-tree.js"
};
static const unsigned char model_units_js[] = {
#embed "../../web/model/units.js"
};
static const unsigned char model_url_state_js[] = {
#embed "../../web/model/url-state.js"
};
static const unsigned char model_viewport_js[] = {
#embed "../../web/model/viewport.js"
};
static const unsigned char model_visible_rows_js[] = {
#embed "../../web/model/visible-rows.js"
};
static const unsigned char page_details_panel_js[] = {
#embed "../../web/page/details-panel.js"
};
static const unsigned char page_dom_js[] = {
#embed "../../web/page/dom.js"
};
static const unsigned char page_find_bar_js[] = {
#embed "../../web/page/find-bar.js"
};
static const unsigned char page_first_run_page_js[] = {
#embed "../../web/page/first-run-page.js"
};
static const unsigned char page_keys_dialog_js[] = {
#embed "../../web/page/keys-dialog.js"
};
static const unsigned char page_label_rows_js[] = {
#embed "../../web/page/label-rows.js"
};
static const unsigned char page_problems_list_js[] = {
#embed "../../web/page/problems-list.js"
};
static const unsigned char page_search_page_js[] = {
#embed "../../web/page/search-page.js"
};
static const unsigned char page_settings_js[] = {
#embed "../../web/page/settings.js"
};
static const unsigned char page_setup_lines_js[] = {
#embed "../../web/page/setup-lines.js"
};
static const unsigned char page_shell_js[] = {
#embed "../../web/page/shell.js"
};
static const unsigned char page_splitter_js[] = {
#embed "../../web/page/splitter.js"
};
static const unsigned char page_status_page_js[] = {
#embed "../../web/page/status-page.js"
};
static const unsigned char page_trace_crumbs_js[] = {
#embed "../../web/page/trace-crumbs.js"
};
static const unsigned char page_trace_header_js[] = {
#embed "../../web/page/trace-header.js"
};
static const unsigned char page_trace_page_js[] = {
#embed "../../web/page/trace-page.js"
};
static const unsigned char page_waterfall_gestures_js[] = {
#embed "../../web/page/waterfall-gestures.js"
};
static const unsigned char page_waterfall_js[] = {
#embed "../../web/page/waterfall.js"
};

static const web_asset assets[] = {
    {"app.js", app_js, sizeof app_js},
    {"data/api.js", data_api_js, sizeof data_api_js},
    {"data/span-store.js", data_span_store_js, sizeof data_span_store_js},
    {"data/trace-loader.js", data_trace_loader_js, sizeof data_trace_loader_js},
    {"draw/bars.js", draw_bars_js, sizeof draw_bars_js},
    {"draw/overlay.js", draw_overlay_js, sizeof draw_overlay_js},
    {"draw/overview.js", draw_overview_js, sizeof draw_overview_js},
    {"draw/palette.js", draw_palette_js, sizeof draw_palette_js},
    {"draw/patterns.js", draw_patterns_js, sizeof draw_patterns_js},
    {"draw/surface.js", draw_surface_js, sizeof draw_surface_js},
    {"draw/time-strips.js", draw_time_strips_js, sizeof draw_time_strips_js},
    {"index.html", index_html, sizeof index_html},
    {"loupe.css", loupe_css, sizeof loupe_css},
    {"loupe.svg", loupe_svg, sizeof loupe_svg},
    {"model/attribute-value.js", model_attribute_value_js, sizeof model_attribute_value_js},
    {"model/bar-layout.js", model_bar_layout_js, sizeof model_bar_layout_js},
    {"model/critical-path.js", model_critical_path_js, sizeof model_critical_path_js},
    {"model/find.js", model_find_js, sizeof model_find_js},
    {"model/findings.js", model_findings_js, sizeof model_findings_js},
    {"model/grouping.js", model_grouping_js, sizeof model_grouping_js},
    {"model/lpt1.js", model_lpt1_js, sizeof model_lpt1_js},
    {"model/minimap-layout.js", model_minimap_layout_js, sizeof model_minimap_layout_js},
    {"model/overview-raster.js", model_overview_raster_js, sizeof model_overview_raster_js},
    {"model/self-time.js", model_self_time_js, sizeof model_self_time_js},
    {"model/sql-format.js", model_sql_format_js, sizeof model_sql_format_js},
    {"model/stack-fold.js", model_stack_fold_js, sizeof model_stack_fold_js},
    {"model/ticks.js", model_ticks_js, sizeof model_ticks_js},
    {"model/trace-growth.js", model_trace_growth_js, sizeof model_trace_growth_js},
    {"model/trace-list.js", model_trace_list_js, sizeof model_trace_list_js},
    {"model/trace-reference.js", model_trace_reference_js, sizeof model_trace_reference_js},
    {"model/trace-session.js", model_trace_session_js, sizeof model_trace_session_js},
    {"model/trace-tree.js", model_trace_tree_js, sizeof model_trace_tree_js},
    {"model/units.js", model_units_js, sizeof model_units_js},
    {"model/url-state.js", model_url_state_js, sizeof model_url_state_js},
    {"model/viewport.js", model_viewport_js, sizeof model_viewport_js},
    {"model/visible-rows.js", model_visible_rows_js, sizeof model_visible_rows_js},
    {"page/details-panel.js", page_details_panel_js, sizeof page_details_panel_js},
    {"page/dom.js", page_dom_js, sizeof page_dom_js},
    {"page/find-bar.js", page_find_bar_js, sizeof page_find_bar_js},
    {"page/first-run-page.js", page_first_run_page_js, sizeof page_first_run_page_js},
    {"page/keys-dialog.js", page_keys_dialog_js, sizeof page_keys_dialog_js},
    {"page/label-rows.js", page_label_rows_js, sizeof page_label_rows_js},
    {"page/problems-list.js", page_problems_list_js, sizeof page_problems_list_js},
    {"page/search-page.js", page_search_page_js, sizeof page_search_page_js},
    {"page/settings.js", page_settings_js, sizeof page_settings_js},
    {"page/setup-lines.js", page_setup_lines_js, sizeof page_setup_lines_js},
    {"page/shell.js", page_shell_js, sizeof page_shell_js},
    {"page/splitter.js", page_splitter_js, sizeof page_splitter_js},
    {"page/status-page.js", page_status_page_js, sizeof page_status_page_js},
    {"page/trace-crumbs.js", page_trace_crumbs_js, sizeof page_trace_crumbs_js},
    {"page/trace-header.js", page_trace_header_js, sizeof page_trace_header_js},
    {"page/trace-page.js", page_trace_page_js, sizeof page_trace_page_js},
    {"page/waterfall-gestures.js", page_waterfall_gestures_js, sizeof page_waterfall_gestures_js},
    {"page/waterfall.js", page_waterfall_js, sizeof page_waterfall_js},
};

const web_asset *web_assets(size_t *count) {
    *count = sizeof assets / sizeof assets[0];
    return assets;
}
