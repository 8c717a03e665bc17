#include <mutex>
#include <type_traits>
#include <utility>

#include "store/connection_pool.hpp"
#include "store/daemon_state.hpp"
#include "store/mysql_connection.hpp"
#include "store/mysql_rollups.hpp"
#include "store/mysql_schema.hpp"
#include "store/mysql_sessions.hpp"
#include "store/store_error.hpp"
#include "store/writer_lock.hpp"
#include "streamstats/store/open_store.hpp"

namespace streamstats {
namespace store {
namespace {

class mysql_store final : public rollup_store {
public:
    explicit mysql_store(mysql_settings settings)
        : settings_(std::move(settings)),
          lock_(settings_),
          pool_(
              {settings_.pool_size, settings_.pool_overflow, settings_.pool_wait},
              [this] { return std::make_unique<mysql_connection>(settings_); },
              [](mysql_connection& connection) { return connection.alive(); }) {}

    std::optional<store_failure> prepare() override {
        const std::lock_guard lock(prepare_mutex_);
        return as_failure([&] {
            lock_.take();
            with_connection([this](mysql_connection& connection) {
                bring_up_to_date(connection);
                keep_version(connection.server_version());
            });
        });
    }

    result<store_position, store_failure> position() override {
        return as_value<result<store_position, store_failure>>(
            [&] { return with_connection([](mysql_connection& connection) { return read_position(connection); }); });
    }

    std::optional<store_failure> keep_secret(const std::string& hex) override {
        return as_writer([&](mysql_connection& connection) { put_state(connection, secret_name, hex); });
    }

    std::optional<store_failure> write(const flush& what) override {
        return as_writer([&](mysql_connection& connection) { write_flush(connection, what); });
    }

    std::optional<store_failure> sync_sessions(const session_changes& changes) override {
        return as_writer([&](mysql_connection& connection) { change_sessions(connection, changes); });
    }

    std::optional<store_failure> load_sessions(const std::function<void(const session_row&)>& each) override {
        return as_failure([&] {
            with_connection([&](mysql_connection& connection) {
                auto last = read_session_page(connection, std::nullopt, each);
                while (last) last = read_session_page(connection, last, each);
            });
        });
    }

    std::optional<store_failure> append_rejected(std::span<const rejected_event> events) override {
        return as_writer([&](mysql_connection& connection) { add_rejected(connection, events); });
    }

    [[nodiscard]] std::string description() const override {
        const std::lock_guard lock(version_mutex_);
        const std::string version = version_.empty() ? std::string{} : version_ + " ";
        return "mysql " + version + "at " + settings_.host + ":" + std::to_string(settings_.port) + "/" +
               settings_.name;
    }

private:
    // Lends a connection to `action`. After trouble that makes connections useless, all of them are closed.
    template <class Action>
    std::invoke_result_t<Action&, mysql_connection&> with_connection(Action&& action) {
        auto lease = pool_.acquire();
        try {
            return action(*lease);
        } catch (const store_error& e) {
            lease_is_over(lease, e.why().trouble);
            throw;
        }
    }

    void lease_is_over(connection_pool<mysql_connection>::lease& lease, store_trouble trouble) {
        if (trouble == store_trouble::away || trouble == store_trouble::read_only) {
            lease.discard();
            pool_.clear();
        }
        // After a failover the lock has to be taken on the server that is written to.
        if (trouble == store_trouble::read_only) lock_.drop();
    }

    // For everything that writes: only while no other daemon can.
    template <class Action>
    std::optional<store_failure> as_writer(Action&& action) {
        return as_failure([&] {
            lock_.confirm();
            with_connection(action);
        });
    }

    void keep_version(const std::string& version) {
        const std::lock_guard lock(version_mutex_);
        version_ = version;
    }

    const mysql_settings settings_;
    std::mutex prepare_mutex_;
    writer_lock lock_;
    connection_pool<mysql_connection> pool_;
    mutable std::mutex version_mutex_;
    std::string version_;  // guarded by version_mutex_
};

}  // namespace
}  // namespace store

std::unique_ptr<rollup_store> make_mysql_store(mysql_settings settings) {
    return std::make_unique<store::mysql_store>(std::move(settings));
}

result<std::vector<migration>, store_failure> pending_migrations(const mysql_settings& settings) {
    return store::as_value<result<std::vector<migration>, store_failure>>([&] {
        store::mysql_connection connection(settings);
        return store::lacking_migrations(connection);
    });
}

}  // namespace streamstats
