#include "store/writer_lock.hpp"

#include <functional>

#include "store/sql_text.hpp"
#include "store/store_error.hpp"

namespace streamstats::store {
namespace {

// The server may need a moment to notice that the previous daemon's connection is closed.
constexpr std::string_view patience_seconds = ", 1";
// After this long without a word from us the server gives the lock free: the network is cut, or this machine is gone.
constexpr std::string_view idle_limit = "SET SESSION wait_timeout = 600";

// MySQL takes at most 64 characters.
std::string lock_name(const std::string& database) {
    constexpr std::size_t name_bytes_max = 64;
    std::string name = "streamstats:" + database;
    if (name.size() > name_bytes_max) name = "streamstats:" + std::to_string(std::hash<std::string>{}(database));
    return name;
}

std::string call(std::string_view function, const std::string& name, std::string_view more = {}) {
    std::string text{function};
    text += '(';
    append_quoted(text, name);
    text += more;
    text += ')';
    return text;
}

}  // namespace

writer_lock::writer_lock(const mysql_settings& settings) : settings_(settings), name_(lock_name(settings.name)) {}

void writer_lock::take() {
    const std::lock_guard lock(mutex_);
    if (held()) return;
    auto connection = std::make_unique<mysql_connection>(settings_);
    connection->execute(std::string(idle_limit));
    if (connection->value("SELECT " + call("GET_LOCK", name_, patience_seconds)) != "1") refuse(*connection);
    last_id_ = connection->id();
    connection_ = std::move(connection);
}

void writer_lock::confirm() {
    const std::lock_guard lock(mutex_);
    if (held()) return;
    throw store_error(store_trouble::away, "the writer lock '" + name_ + "' of the database is not held",
                      "it is taken again when the store reconnects");
}

void writer_lock::drop() {
    std::unique_ptr<mysql_connection> closing;
    const std::lock_guard lock(mutex_);
    closing.swap(connection_);
    if (!closing) return;
    try {
        closing->execute("DO " + call("RELEASE_LOCK", name_));
    } catch (const store_error&) {  // closing the connection gives it free as well, only later
        return;
    }
}

bool writer_lock::held() {
    if (!connection_) return false;
    try {
        if (connection_->value("SELECT " + call("IS_USED_LOCK", name_) + " = CONNECTION_ID()") == "1") return true;
    } catch (const store_error&) {  // whatever it is: the connection and the lock with it are lost
        connection_.reset();
        return false;
    }
    connection_.reset();
    return false;
}

void writer_lock::refuse(mysql_connection& connection) const {
    const auto holder = connection.value("SELECT " + call("IS_USED_LOCK", name_));
    if (!holder || *holder == std::to_string(last_id_)) {
        throw store_error(store_trouble::busy, "the server still holds the writer lock for our previous connection",
                          "it is given free when the server notices that the connection is dead");
    }
    throw store_error(store_trouble::not_ours,
                      "another streamstatsd writes to this database (it holds the lock '" + name_ + "' as connection " +
                          *holder + ")",
                      "stop the other one, or give this one a database of its own (STREAM_DB_NAME)");
}

}  // namespace streamstats::store
