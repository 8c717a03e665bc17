// The syntax of systemd's EnvironmentFile=, so that one file serves the unit and --config:
//   * one NAME=VALUE a line; empty lines and lines that begin with # or ; are skipped
//   * white space around names and values is dropped, inside a value it is kept
//   * 'single quotes' keep everything, "double quotes" all but \" \\ \` \$; both may span lines
//   * outside of quotes a backslash keeps the next character; at the end of a line it joins the next line
// Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace streamstats::config {

struct assignment {
    std::string name;
    std::string value;
    std::size_t line = 0;  // where it begins, from 1
};

struct parsed_file {
    std::vector<assignment> assignments;
    std::vector<std::string> errors;  // "line 3: …"
};

parsed_file parse_environment_file(std::string_view text);

}  // namespace streamstats::config
