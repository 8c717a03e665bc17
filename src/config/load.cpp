#include "streamstats/config/load.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <thread>

#include "environment_file.hpp"
#include "machine_memory.hpp"
#include "options.hpp"

namespace streamstats::config {
namespace {

constexpr std::size_t file_bytes_max = 1'048'576;
constexpr std::string_view prefix = "STREAM_";
constexpr std::string_view file_suffix = "_FILE";

struct given_value {
    std::string text;
    std::string origin;
};
using given_values = std::map<std::string, given_value, std::less<>>;

result<std::string> read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return failure{"cannot read " + path, "check that it is there and readable for this user"};
    std::string text(file_bytes_max + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (in.bad()) return failure{"cannot read " + path, "is it a directory?"};
    if (text.size() > file_bytes_max) return failure{path + " is larger than 1 MiB", ""};
    return text;
}

std::string file_name_of(std::string_view name) {
    return std::string(name).append(file_suffix);
}

class loader {
public:
    result<loaded, load_errors> run(const environment& given, const std::optional<std::string>& file) {
        if (file) take_file(*file);
        take_environment(given);
        for (const option& one : options()) set(one);
        warn_of_unknown();
        if (!errors_.empty()) return load_errors{std::move(errors_), std::move(result_.warnings)};
        set_dependent_defaults(given);
        for (const option& one : options()) show(one);
        return std::move(result_);
    }

private:
    void take_file(const std::string& path) {
        const auto text = read_file(path);
        if (!text) {
            errors_.push_back("--config: " + text.error().what + "; " + text.error().hint);
            return;
        }
        given_values layer;
        parsed_file parsed = parse_environment_file(text.value());
        for (std::string& error : parsed.errors) errors_.push_back(error.insert(0, path + ", "));
        for (assignment& one : parsed.assignments) {
            layer[one.name] = {std::move(one.value), path + ":" + std::to_string(one.line)};
        }
        put_over(layer);
    }

    void take_environment(const environment& given) {
        given_values layer;
        for (const auto& [name, value] : given) layer[name] = {value, "environment"};
        put_over(layer);
    }

    // What a layer says of a secret, as NAME or as NAME_FILE, replaces both of the layer below.
    void put_over(const given_values& layer) {
        for (const option& one : options()) {
            if (!one.secret) continue;
            const std::string name(one.name);
            const std::string file_name = file_name_of(name);
            const bool in_file = layer.contains(file_name);
            if (layer.contains(name) && in_file) give_one_of(name, file_name);
            if (layer.contains(name)) given_.erase(file_name);
            if (in_file) given_.erase(name);
        }
        for (const auto& [name, value] : layer) {
            if (name.starts_with(prefix)) given_[name] = value;
        }
    }

    void give_one_of(const std::string& name, const std::string& file_name) {
        errors_.push_back(name + " and " + file_name + ": give one of them");
    }

    void set(const option& one) {
        const std::string name(one.name);
        if (one.secret) read_secret(name);
        const auto found = given_.find(name);
        if (found == given_.end()) return;
        const auto& [text, origin] = found->second;
        origins_[name] = origin;
        if (const auto rule = assign(one, text, result_.values)) {
            errors_.push_back(name + (one.secret ? "" : "=" + text) + " (" + origin + "): " + *rule);
        }
    }

    void read_secret(const std::string& name) {
        const auto found = given_.find(file_name_of(name));
        if (found == given_.end()) return;
        auto secret = read_file(found->second.text);
        if (!secret) {
            errors_.push_back(found->first + " (" + found->second.origin + "): " + secret.error().what + "; " +
                              secret.error().hint);
            return;
        }
        // An editor ends the line; the secret does not.
        std::string& text = secret.value();
        if (text.ends_with('\n')) text.pop_back();
        if (text.ends_with('\r')) text.pop_back();
        // A rule would be off, and nobody would notice.
        if (text.empty()) {
            errors_.push_back(found->first + " (" + found->second.origin + "): " + found->second.text +
                              " is empty; leave the variable out if there is no secret");
            return;
        }
        given_[name] = {std::move(text), found->second.text};
    }

    void warn_of_unknown() {
        std::set<std::string, std::less<>> known;
        for (const option& one : options()) {
            known.emplace(one.name);
            if (one.secret) known.insert(file_name_of(one.name));
        }
        for (const auto& [name, value] : given_) {
            if (known.contains(name)) continue;
            result_.warnings.push_back(name + " (" + value.origin + ") is not known and has no effect; did you mean " +
                                       nearest_name(name) + "?");
        }
    }

    // Defaults that depend on the machine, on other settings or on systemd.
    void set_dependent_defaults(const environment& given) {
        settings& values = result_.values;
        if (values.http_threads == 0) values.http_threads = std::max(1U, std::thread::hardware_concurrency());
        if (values.sessions_max == 0) values.sessions_max = sessions_that_fit();
        if (values.store == "auto") {
            const auto database = given_.lower_bound("STREAM_DB_");
            const bool any = database != given_.end() && database->first.starts_with("STREAM_DB_");
            values.store = any ? "mysql" : "sqlite";
            if (any) origins_["STREAM_STORE"] = "because " + database->first + " is set";
        }
        const auto state = given.find("STATE_DIRECTORY");
        if (state != given.end() && !state->second.empty() && !origins_.contains("STREAM_DATA_DIR")) {
            values.data_dir = state->second.substr(0, state->second.find(':'));
            origins_["STREAM_DATA_DIR"] = "STATE_DIRECTORY of systemd";
        }
    }

    // Half of the memory for sessions; the rest is for minutes, requests, a growing table and whatever else runs here.
    static std::int64_t sessions_that_fit() {
        constexpr std::uint64_t session_bytes = 500;  // 150 without play_updated; then the samples, until they melt
        constexpr std::uint64_t least = 100'000;
        return static_cast<std::int64_t>(std::max(least, memory_bytes_allowed() / 2 / session_bytes));
    }

    void show(const option& one) {
        const auto origin = origins_.find(one.name);
        const bool is_default = origin == origins_.end();
        std::string value = text_of(one, result_.values);
        if (one.secret) value = value.empty() ? "(not set)" : is_default ? "(default)" : "(set)";
        result_.shown.push_back({std::string(one.name), std::move(value), is_default ? "default" : origin->second});
    }

    given_values given_;
    std::map<std::string, std::string, std::less<>> origins_;
    std::vector<std::string> errors_;
    loaded result_;
};

}  // namespace

environment process_environment() {
    environment all;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const std::size_t end = text.find('=');
        if (end != std::string_view::npos) all.emplace(text.substr(0, end), text.substr(end + 1));
    }
    return all;
}

result<loaded, load_errors> load(const environment& given, const std::optional<std::string>& file) {
    return loader{}.run(given, file);
}

std::string defaults_file() {
    std::string text =
        "# Settings of streamstatsd, each at its default. Remove the # in front of a variable to change it.\n"
        "# Read by systemd (EnvironmentFile=) and by streamstatsd --config; the environment wins.\n"
        "# `streamstatsd check` shows what is in effect and where it came from.\n"
        "# Whole numbers only. Setting any STREAM_DB_* turns on the MySQL or MariaDB store.\n";
    const settings defaults;
    for (const option& one : options()) {
        text += "\n# " + std::string(one.meaning);
        if (!one.choices.empty()) {
            text += " One of: " + std::string(one.choices) + ".";
        } else if (!std::holds_alternative<std::string settings::*>(one.member)) {
            text += " From " + std::to_string(one.smallest) + " to " + std::to_string(one.largest) + ".";
        }
        text += "\n#" + std::string(one.name) + "=" + text_of(one, defaults) + "\n";
    }
    return text;
}

}  // namespace streamstats::config
