#include <mutex>
#include <type_traits>
#include <utility>

#include "store/daemon_state.hpp"
#include "store/sqlite_database.hpp"
#include "store/sqlite_rollups.hpp"
#include "store/sqlite_schema.hpp"
#include "store/sqlite_sessions.hpp"
#include "store/store_error.hpp"
#include "streamstats/store/open_store.hpp"

namespace streamstats {
namespace store {
namespace {

class sqlite_store final : public rollup_store {
public:
    explicit sqlite_store(std::filesystem::path file) : file_(std::move(file)) {}

    // Opens the file anew each time: it may have been replaced by a restored one.
    std::optional<store_failure> prepare() override {
        return as_failure([&] {
            const std::lock_guard lock(mutex_);
            database_.reset();
            auto opened = std::make_unique<sqlite_database>(file_, sqlite_access::create);
            bring_up_to_date(*opened);
            // WAL: people read while the daemon writes. FULL: a flush that was reported as written must survive a
            // power cut, because the journal behind it is freed; that costs one sync a flush.
            opened->execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
            database_ = std::move(opened);
        });
    }

    result<store_position, store_failure> position() override {
        return as_value<result<store_position, store_failure>>(
            [&] { return with_database([](sqlite_database& database) { return read_position(database); }); });
    }

    std::optional<store_failure> keep_secret(const std::string& hex) override {
        return run([&](sqlite_database& database) { put_state(database, secret_name, hex); });
    }

    std::optional<store_failure> write(const flush& what) override {
        return run([&](sqlite_database& database) { write_flush(database, what); });
    }

    std::optional<store_failure> sync_sessions(const session_changes& changes) override {
        return run([&](sqlite_database& database) { change_sessions(database, changes); });
    }

    std::optional<store_failure> load_sessions(const std::function<void(const session_row&)>& each) override {
        return as_failure([&] {
            std::optional<session_key> last;
            for (std::size_t rows = session_page_rows; rows == session_page_rows;) {
                const auto page =
                    with_database([&](sqlite_database& database) { return read_session_page(database, last); });
                for (const session_row& row : page) each(row);
                rows = page.size();
                if (rows > 0) last = page.back().key;
            }
        });
    }

    std::optional<store_failure> append_rejected(std::span<const rejected_event> events) override {
        return run([&](sqlite_database& database) { add_rejected(database, events); });
    }

    [[nodiscard]] std::string description() const override { return "sqlite " + file_.string(); }

private:
    template <class Action>
    std::invoke_result_t<Action&, sqlite_database&> with_database(Action&& action) {
        const std::lock_guard lock(mutex_);
        if (!database_) {
            throw store_error(store_trouble::away, file_.string() + " is not open",
                              "it is opened when the store is prepared");
        }
        return action(*database_);
    }

    template <class Action>
    std::optional<store_failure> run(Action&& action) {
        return as_failure([&] { with_database(action); });
    }

    const std::filesystem::path file_;
    std::mutex mutex_;
    std::unique_ptr<sqlite_database> database_;  // guarded by mutex_
};

}  // namespace
}  // namespace store

std::unique_ptr<rollup_store> make_sqlite_store(std::filesystem::path file) {
    return std::make_unique<store::sqlite_store>(std::move(file));
}

result<std::vector<migration>, store_failure> pending_migrations(const std::filesystem::path& file) {
    return store::as_value<result<std::vector<migration>, store_failure>>([&] {
        if (!std::filesystem::exists(file)) return migrations(sql_dialect::sqlite);
        store::sqlite_database database(file, store::sqlite_access::read_only);
        return store::lacking_migrations(database);
    });
}

}  // namespace streamstats
