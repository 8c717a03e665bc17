#include <sqlite3.h>

#include <chrono>
#include <utility>

#include "store/series_query.hpp"
#include "store/sqlite_database.hpp"
#include "store/store_error.hpp"
#include "streamstats/store/open_store.hpp"

namespace streamstats {
namespace store {
namespace {

using steady = std::chrono::steady_clock;

constexpr int steps_between_looks = 10'000;  // of SQLite's virtual machine: well under a millisecond
constexpr int busy_timeout_ms = 2'000;

int is_over(void* deadline) {
    return steady::now() > *static_cast<const steady::time_point*>(deadline) ? 1 : 0;
}

// Opens the file for each question: it may have been replaced by a restored one, and opening takes next to no time.
class sqlite_series final : public series_source {
public:
    sqlite_series(std::filesystem::path file, milliseconds limit) : file_(std::move(file)), limit_(limit) {}

    std::optional<store_failure> read(const series_question& question,
                                      const std::function<void(const series_part&)>& each) override {
        return as_failure([&] {
            sqlite_database database(file_, sqlite_access::read_only);
            sqlite3_busy_timeout(database.handle(), busy_timeout_ms);
            steady::time_point deadline = steady::now() + limit_;
            sqlite3_progress_handler(database.handle(), steps_between_looks, is_over, &deadline);
            read_rows(database, question, each);
        });
    }

private:
    static void read_rows(sqlite_database& database, const series_question& question,
                          const std::function<void(const series_part&)>& each) {
        const series_query query = query_of(question);
        sqlite_statement rows(database, query.statement);
        int place = 0;
        for (const std::string& text : query.texts) rows.bind(++place, std::string_view{text});
        while (rows.next()) hand_out(rows, 0, each);
    }

    const std::filesystem::path file_;
    const milliseconds limit_;
};

}  // namespace
}  // namespace store

std::unique_ptr<series_source> make_sqlite_series(std::filesystem::path file, milliseconds limit) {
    return std::make_unique<store::sqlite_series>(std::move(file), limit);
}

}  // namespace streamstats
