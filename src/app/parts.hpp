// From settings to the parts that the daemon is made of.
#pragma once

#include <filesystem>
#include <memory>

#include "streamstats/config/settings.hpp"
#include "streamstats/http/server.hpp"
#include "streamstats/pipeline/pipeline.hpp"
#include "streamstats/store/open_store.hpp"

namespace streamstats::app {

mysql_settings mysql_settings_of(const config::settings& chosen);
std::filesystem::path sqlite_file_of(const config::settings& chosen);
std::filesystem::path journal_folder_of(const config::settings& chosen);
std::unique_ptr<rollup_store> make_store(const config::settings& chosen);
std::unique_ptr<series_source> make_series_source(const config::settings& chosen);
pipeline::pipeline_options pipeline_options_of(const config::settings& chosen);
// `descriptors`: how many files the process may have open; connections get what the other parts leave of them.
http::settings http_settings_of(const config::settings& chosen, std::size_t descriptors);
// Asks for as many as the system allows, and says how many that is.
std::size_t raise_descriptor_limit();

}  // namespace streamstats::app
