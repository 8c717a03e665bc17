// One daemon for each database: a named lock that the server holds for as long as one connection lives. Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "store/mysql_connection.hpp"
#include "streamstats/store/open_store.hpp"

namespace streamstats::store {

class writer_lock {
public:
    explicit writer_lock(const mysql_settings& settings);

    // Takes the lock unless it is held already. Throws store_error: refused when another daemon has it, busy when a
    // connection of ours has it that the server does not know to be dead yet.
    void take();
    // Throws store_error (away) unless the lock is held right now. Keeps its connection from being closed as idle.
    void confirm();
    // Gives the lock up, because the server it is on is no longer the one to write to.
    void drop();

    [[nodiscard]] const std::string& name() const { return name_; }

private:
    bool held();  // needs mutex_
    [[noreturn]] void refuse(mysql_connection& connection) const;

    const mysql_settings settings_;
    const std::string name_;
    std::mutex mutex_;
    std::unique_ptr<mysql_connection> connection_;  // guarded by mutex_, as is the next
    std::uint64_t last_id_ = 0;                     // of the connection that held it last
};

}  // namespace streamstats::store
