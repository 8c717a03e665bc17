#include "streamstats/base/row_bytes.hpp"

namespace streamstats {

void write_row(byte_writer& to, const minute_row& row) {
    to.time(start_of(row.at));
    to.octet(static_cast<std::uint8_t>(row.dim));
    to.octet(static_cast<std::uint8_t>(row.kind));
    to.text(row.value);
    const minute_numbers& n = row.numbers;
    for (const std::int64_t number :
         {n.sessions_started, n.sessions_closed, n.watch_time_ms, n.peak_concurrent, n.unique_users, n.total_bytes}) {
        to.signed_number(number);
    }
}

minute_row read_row(byte_reader& from) {
    minute_row row;
    row.at = minute_of(from.time());
    const std::uint8_t dim = from.octet();
    const std::uint8_t kind = from.octet();
    if (dim >= dimension_count || kind > static_cast<std::uint8_t>(row_kind::revision)) {
        from.fail();
        return row;
    }
    row.dim = static_cast<dimension>(dim);
    row.kind = static_cast<row_kind>(kind);
    row.value = from.text();
    minute_numbers& n = row.numbers;
    for (std::int64_t* number : {&n.sessions_started, &n.sessions_closed, &n.watch_time_ms, &n.peak_concurrent,
                                 &n.unique_users, &n.total_bytes}) {
        *number = from.signed_number();
    }
    return row;
}

}  // namespace streamstats
