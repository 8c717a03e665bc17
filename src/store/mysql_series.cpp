#include <chrono>
#include <memory>
#include <utility>

#include "store/mysql_connection.hpp"
#include "store/series_query.hpp"
#include "store/store_error.hpp"
#include "streamstats/store/open_store.hpp"

namespace streamstats {
namespace store {
namespace {

// Short waits: somebody looks at an empty chart meanwhile. The server gives up before the socket does.
mysql_settings hurried(mysql_settings settings, milliseconds limit) {
    settings.connect_timeout = seconds{3};
    settings.read_timeout = std::chrono::ceil<seconds>(limit) + seconds{2};
    settings.write_timeout = seconds{5};
    return settings;
}

class mysql_series final : public series_source {
public:
    mysql_series(mysql_settings settings, milliseconds limit)
        : settings_(hurried(std::move(settings), limit)), limit_(limit) {}

    std::optional<store_failure> read(const series_question& question,
                                      const std::function<void(const series_part&)>& each) override {
        auto trouble = as_failure([&] { read_rows(connected(), question, each); });
        if (trouble) connection_.reset();
        return trouble;
    }

private:
    mysql_connection& connected() {
        if (connection_ && !connection_->alive()) connection_.reset();
        if (!connection_) {
            connection_ = std::make_unique<mysql_connection>(settings_);
            limit_time(*connection_);
        }
        return *connection_;
    }

    void limit_time(mysql_connection& connection) const {
        const bool mariadb = connection.server_version().find("MariaDB") != std::string::npos;
        const std::string milliseconds_max = std::to_string(limit_.count());
        connection.execute(mariadb ? "SET SESSION max_statement_time = " + milliseconds_max + " / 1000"
                                   : "SET SESSION max_execution_time = " + milliseconds_max);
    }

    static void read_rows(mysql_connection& connection, const series_question& question,
                          const std::function<void(const series_part&)>& each) {
        const series_query query = query_of(question);
        connection.query(query.statement, query.texts, [&](const mysql_row& row) { hand_out(row, 1U, each); });
    }

    const mysql_settings settings_;
    const milliseconds limit_;
    std::unique_ptr<mysql_connection> connection_;
};

}  // namespace
}  // namespace store

std::unique_ptr<series_source> make_mysql_series(mysql_settings settings, milliseconds limit) {
    return std::make_unique<store::mysql_series>(std::move(settings), limit);
}

}  // namespace streamstats
