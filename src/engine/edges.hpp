// The instants within a minute at which sessions open and close: what its peaks are made of. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/block_list.hpp"
#include "engine/session_table.hpp"

namespace streamstats {

// A session opens (+) or closes (−) at this millisecond of the minute; or one that was booked so does not. It is not
// forgotten before the minute is final, so its values are looked up when they are needed.
class edge_list {
public:
    void add(session_ref who, std::uint16_t offset) {
        list_.push_back({static_cast<std::uint16_t>(who), static_cast<std::uint16_t>(who >> 16U), offset});
    }
    [[nodiscard]] std::size_t size() const { return list_.size(); }
    // visit(session, offset) for those from the place `from` to before the place `end`, in the order in which they
    // came.
    template <class Visit>
    void for_each(std::size_t from, std::size_t end, Visit visit) const {
        list_.for_each(from, end,
                       [&](const one& e) { visit((std::uint32_t{e.who_upper} << 16U) | e.who_lower, e.offset); });
    }

private:
    struct one {
        std::uint16_t who_lower;
        std::uint16_t who_upper;
        std::uint16_t offset;
    };
    static_assert(sizeof(one) == 6);
    block_list<one> list_;
};

struct minute_edges {
    edge_list up;
    edge_list down;
    bool changed = false;  // since the rises of the minute were made
};

}  // namespace streamstats
