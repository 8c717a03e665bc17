#include "wire/token_index.hpp"

#include <algorithm>
#include <bit>

namespace streamstats::wire {
namespace {

constexpr std::size_t text_bytes_min = 65'536;
constexpr std::size_t text_bytes_kept_max = 1'048'576;  // the index of a text is four times as large
constexpr std::size_t stage_two_depth = 1;              // which is not used

}  // namespace

simdjson::error_code token_index::index(std::string_view text) {
    if (text.empty()) return simdjson::EMPTY;
    if (text.size() > capacity_) {
        const std::size_t wanted = std::max(std::bit_ceil(text.size()), text_bytes_min);
        capacity_ = 0;
        const simdjson::error_code error =
            simdjson::get_active_implementation()->create_dom_parser_implementation(wanted, stage_two_depth, stage_);
        if (error != simdjson::SUCCESS) return error;
        capacity_ = wanted;
    }
    return stage_->stage1(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                          simdjson::stage1_mode::regular);
}

void token_index::trim() {
    if (capacity_ <= text_bytes_kept_max) return;
    stage_.reset();
    capacity_ = 0;
}

}  // namespace streamstats::wire
