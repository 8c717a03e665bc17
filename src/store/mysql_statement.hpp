// Many rows in few statements: HEAD row, row, … TAIL.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "store/mysql_connection.hpp"

namespace streamstats::store {

class mysql_statement {
public:
    mysql_statement(mysql_connection& connection, std::string_view head, std::string_view separator,
                    std::string_view tail)
        : connection_(connection),
          head_(head),
          separator_(separator),
          tail_(tail),
          bytes_wanted_(connection.statement_bytes_wanted()) {}

    // Sends what is there first, if the row would make the statement too long.
    void add(std::string_view row) {
        const bool full = rows_ == rows_max || text_.size() + row.size() + tail_.size() > bytes_wanted_;
        if (rows_ > 0 && full) send();
        text_ += rows_ == 0 ? head_ : separator_;
        text_ += row;
        ++rows_;
    }

    void send() {
        if (rows_ == 0) return;
        text_ += tail_;
        connection_.execute(text_);
        text_.clear();
        rows_ = 0;
    }

private:
    // More are not faster; and from 1 000 values on, MariaDB turns an IN list into a subquery.
    static constexpr std::size_t rows_max = 900;

    mysql_connection& connection_;
    const std::string_view head_, separator_, tail_;  // live as long as the statement
    const std::size_t bytes_wanted_;
    std::string text_;
    std::size_t rows_ = 0;
};

}  // namespace streamstats::store
