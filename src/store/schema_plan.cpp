#include "store/schema_plan.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <sstream>

#include "store/embedded_sql.hpp"

namespace streamstats {
namespace {

// "0001_rollups.sql" -> {1, "rollups", …}
migration migration_of(const store::embedded_file& file) {
    migration made;
    const char* digits_end = std::from_chars(file.name.data(), file.name.data() + file.name.size(), made.number).ptr;
    const auto name_begin = static_cast<std::size_t>(digits_end - file.name.data()) + 1;
    made.name = file.name.substr(name_begin, file.name.rfind('.') - name_begin);
    made.sql = file.text;
    return made;
}

}  // namespace

std::vector<migration> migrations(sql_dialect dialect) {
    std::vector<migration> all;
    const auto& files = dialect == sql_dialect::mysql ? store::mysql_files() : store::sqlite_files();
    std::transform(files.begin(), files.end(), std::back_inserter(all), migration_of);
    return all;
}

namespace store {
namespace {

constexpr std::string_view create_table = "CREATE TABLE IF NOT EXISTS ";

bool is_name_character(char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Whether `name` occurs in `text` as a whole word.
bool mentions(std::string_view text, std::string_view name) {
    for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
        const bool begins = at == 0 || !is_name_character(text[at - 1]);
        const bool ends = at + name.size() == text.size() || !is_name_character(text[at + name.size()]);
        if (begins && ends) return true;
    }
    return false;
}

store_failure newer_schema(int found, int known) {
    return {{"the schema of the database is at number " + std::to_string(found) + ", this program knows up to " +
                 std::to_string(known),
             "run the newer streamstatsd, or restore a backup from before the upgrade"},
            store_trouble::not_ours};
}

store_failure altered_schema(const migration& what) {
    return {{"migration " + std::to_string(what.number) + " (" + what.name +
                 ") recorded in the database differs from this program's",
             "the database was made by another build of streamstatsd; use that one, or another database"},
            store_trouble::not_ours};
}

}  // namespace

std::vector<std::string> statements_of(const migration& what) {
    std::vector<std::string> statements;
    std::string statement;
    std::istringstream lines{what.sql};
    for (std::string line; std::getline(lines, line);) {
        line.erase(line.find_last_not_of(" \t\r") + 1);
        if (line.empty() || line.starts_with("--")) continue;
        const bool last = line.back() == ';';
        if (last) line.pop_back();
        if (!statement.empty()) statement += '\n';
        statement += line;
        if (last) statements.push_back(std::exchange(statement, {}));
    }
    return statements;
}

std::optional<table_column> column_added_by(std::string_view statement) {
    std::istringstream words{std::string(statement)};
    std::array<std::string, 6> word;
    for (std::string& each : word) words >> each;
    const auto& [alter, table_keyword, table, add, column_keyword, column] = word;
    const bool adds = alter == "ALTER" && table_keyword == "TABLE" && add == "ADD" && column_keyword == "COLUMN";
    return adds ? std::optional(table_column{table, column}) : std::nullopt;
}

std::string checksum_of(const migration& what) {
    std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a: against mistakes, not against malice
    const auto add = [&hash](char c) { hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U; };
    for (const std::string& statement : statements_of(what)) {
        std::istringstream words{statement};
        for (std::string word; words >> word; add(' ')) std::for_each(word.begin(), word.end(), add);
        add(';');
    }
    std::array<char, 17> text{};
    std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(hash));
    return text.data();
}

std::set<std::string> tables_of(const std::vector<migration>& all) {
    std::set<std::string> tables;
    for (const migration& each : all) {
        for (const std::string& statement : statements_of(each)) {
            if (!statement.starts_with(create_table)) continue;
            const auto end = statement.find(' ', create_table.size());
            tables.insert(statement.substr(create_table.size(), end - create_table.size()));
        }
    }
    return tables;
}

result<std::vector<migration>, store_failure> plan_migrations(const std::vector<migration>& all,
                                                              const schema_state& database) {
    const int known = all.empty() ? 0 : all.back().number;
    for (const applied_migration& done : database.applied) {
        if (done.number > known) return newer_schema(done.number, known);
    }
    std::set<std::string> missing = tables_of(all);
    for (const std::string& table : database.tables) missing.erase(table);

    std::vector<migration> lacking;
    for (const migration& each : all) {
        const auto done = std::find_if(database.applied.begin(), database.applied.end(),
                                       [&](const applied_migration& row) { return row.number == each.number; });
        if (done != database.applied.end() && done->checksum != checksum_of(each)) return altered_schema(each);
        const bool torn = std::any_of(missing.begin(), missing.end(),
                                      [&](const std::string& table) { return mentions(each.sql, table); });
        if (done == database.applied.end() || torn) lacking.push_back(each);
    }
    return lacking;
}

}  // namespace store
}  // namespace streamstats
