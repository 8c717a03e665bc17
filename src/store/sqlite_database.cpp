#include "store/sqlite_database.hpp"

#include <sqlite3.h>

#include "store/store_error.hpp"

namespace streamstats::store {
namespace {

store_trouble trouble_of_sqlite(int code) {
    switch (code & 0xff) {  // the primary code of an extended one
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_FULL:
        case SQLITE_NOMEM:
        case SQLITE_INTERRUPT:  // a read took longer than it may
            return store_trouble::busy;
        case SQLITE_READONLY:
            return store_trouble::read_only;
        case SQLITE_TOOBIG:
            return store_trouble::too_large;
        case SQLITE_IOERR:
        case SQLITE_ERROR:  // "no such table": prepare() creates it again
            return store_trouble::away;
        default:
            return store_trouble::refused;
    }
}

std::string_view hint_of_sqlite(int code) {
    switch (code & 0xff) {
        case SQLITE_FULL:
            return "free space on the disk of STREAM_DATA_DIR";
        case SQLITE_IOERR:
            return "check the disk of STREAM_DATA_DIR";
        case SQLITE_BUSY:
            return "another program holds the file; it should not keep a transaction open";
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
            return "check that STREAM_DATA_DIR exists and that this user may write to it";
        case SQLITE_CORRUPT:
            return "restore the file from a backup, or move it away to start a new one";
        case SQLITE_NOTADB:
            return "the file is no SQLite database; move it away, or choose another STREAM_DATA_DIR";
        default:
            return {};
    }
}

}  // namespace

sqlite_database::sqlite_database(const std::filesystem::path& file, sqlite_access access) : file_(file.string()) {
    const int mode =
        access == sqlite_access::create ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    const int code =
        sqlite3_open_v2(file_.c_str(), &database_, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    if (code != SQLITE_OK) {
        const std::unique_ptr<sqlite3, int (*)(sqlite3*)> closing{database_, sqlite3_close_v2};
        fail("open it", code);
    }
    sqlite3_busy_timeout(database_, busy_timeout_ms);
}

sqlite_database::~sqlite_database() {
    sqlite3_close_v2(database_);
}

void sqlite_database::execute(const std::string& statements) {
    const int code = sqlite3_exec(database_, statements.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) fail("run a statement", code);
}

void sqlite_database::fail(std::string_view attempt, int code) const {
    const char* message = database_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database_);
    throw store_error(trouble_of_sqlite(code), file_ + ": cannot " + std::string(attempt) + ": " + message,
                      std::string(hint_of_sqlite(code)));
}

sqlite_statement::sqlite_statement(sqlite_database& database, std::string_view text) : database_(database) {
    const int code =
        sqlite3_prepare_v2(database.handle(), text.data(), static_cast<int>(text.size()), &statement_, nullptr);
    if (code != SQLITE_OK) database.fail("prepare a statement", code);
}

sqlite_statement::~sqlite_statement() {
    sqlite3_finalize(statement_);
}

void sqlite_statement::bind(int parameter, std::int64_t value) {
    check(sqlite3_bind_int64(statement_, parameter, value));
}

void sqlite_statement::bind(int parameter, double value) {
    check(sqlite3_bind_double(statement_, parameter, value));
}

void sqlite_statement::bind(int parameter, std::string_view value) {
    const char* bytes = value.empty() ? "" : value.data();  // a null pointer would be NULL
    check(sqlite3_bind_text64(statement_, parameter, bytes, value.size(), nullptr, SQLITE_UTF8));
}

void sqlite_statement::bind(int parameter, std::span<const std::uint8_t> value) {
    check(sqlite3_bind_blob64(statement_, parameter, value.data(), value.size(), nullptr));
}

void sqlite_statement::bind_null(int parameter) {
    check(sqlite3_bind_null(statement_, parameter));
}

bool sqlite_statement::next() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) {
        sqlite3_reset(statement_);
        database_.fail("run a statement", code);
    }
    return false;
}

void sqlite_statement::run() {
    while (next()) continue;
    check(sqlite3_reset(statement_));
}

int sqlite_statement::columns() const {
    return sqlite3_column_count(statement_);
}

bool sqlite_statement::is_null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t sqlite_statement::number(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::string sqlite_statement::text(int column) const {
    const void* bytes = sqlite3_column_blob(statement_, column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return size == 0 ? std::string{} : std::string{static_cast<const char*>(bytes), size};
}

void sqlite_statement::check(int code) const {
    if (code != SQLITE_OK) database_.fail("bind a value", code);
}

sqlite_transaction::~sqlite_transaction() {
    if (!open_) return;
    // Fails only if SQLite has rolled back by itself.
    sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void sqlite_transaction::commit() {
    database_.execute("COMMIT");  // if it cannot (busy, disk full) the transaction is still open: rolled back
    open_ = false;
}

}  // namespace streamstats::store
