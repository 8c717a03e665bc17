// Words to write rows of flushes with.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "store/sql_text.hpp"
#include "streamstats/pipeline/rollup_store.hpp"

namespace streamstats::test {

// "2026-11-21 12:34:00"
inline instant at(std::string_view text) {
    return store::instant_of(text).value();
}

inline minute_row whole(std::string_view when, dimension dim, std::string value, const minute_numbers& numbers) {
    return {minute_of(at(when)), dim, std::move(value), row_kind::whole, numbers};
}

inline minute_row revision(std::string_view when, dimension dim, std::string value, const minute_numbers& numbers) {
    return {minute_of(at(when)), dim, std::move(value), row_kind::revision, numbers};
}

inline flush flush_of(std::uint64_t number, std::vector<minute_row> rows) {
    return {number, std::move(rows), minute_of(at("2026-11-21 12:35:00"))};
}

inline constexpr std::string_view noon = "2026-11-21 12:00:00";

}  // namespace streamstats::test
