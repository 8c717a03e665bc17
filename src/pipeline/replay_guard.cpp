#include "pipeline/replay_guard.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "streamstats/base/bytes.hpp"
#include "streamstats/base/mutant.hpp"

namespace streamstats::pipeline {
namespace {

const std::string mark_name{"replay.mark"};

// The number in hand, then the rest: its size, its CRC, its bytes.
constexpr std::size_t current_bytes = sizeof(journal::lsn);
constexpr std::size_t file_bytes_max = 4'096;

template <class T>
std::array<std::byte, sizeof(T)> bytes_of(T value) {
    std::array<std::byte, sizeof(T)> bytes;
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

}  // namespace

replay_guard::replay_guard(journal::file_system& files, journal::lsn done) : files_(files) {
    load(done);
    files_.remove(mark_name);
    auto made = files_.create(mark_name, 0);
    if (!made) return;
    file_ = std::move(made.value());
    store();
}

void replay_guard::load(journal::lsn done) {
    auto opened = files_.open(mark_name);
    if (!opened) return;
    std::array<std::byte, file_bytes_max> content{};
    const auto size = opened.value()->read(0, content);
    if (!size || size.value() < current_bytes + sizeof(std::uint32_t)) return;
    journal::lsn current = 0;
    std::uint32_t crc = 0;
    std::memcpy(&current, content.data(), sizeof current);
    std::memcpy(&crc, &content[current_bytes], sizeof crc);
    const auto rest = std::span(content).first(size.value()).subspan(current_bytes + sizeof crc);
    if (journal::crc32c(rest) != crc) return;
    byte_reader from(rest);
    for (std::uint64_t count = from.number(); count > 0 && !from.failed(); --count) {
        const journal::lsn number = from.number();
        ended_at_[number] = static_cast<unsigned>(from.number());
    }
    if (current != 0) ++ended_at_[current];
    std::erase_if(ended_at_, [done](const auto& one) { return one.first <= done; });
}

void replay_guard::store() {
    std::vector<std::byte> rest;
    byte_writer to(rest);
    to.number(ended_at_.size());
    for (const auto& [number, times] : ended_at_) {
        to.number(number);
        to.number(times);
    }
    std::vector<std::byte> all;
    byte_writer whole(all);
    whole.raw(bytes_of(journal::lsn{0}));
    whole.raw(bytes_of(journal::crc32c(rest)));
    whole.raw(rest);
    if (all.size() > file_bytes_max || file_->write(0, all)) file_.reset();
}

bool replay_guard::enter(journal::lsn number) {
    const auto known = ended_at_.find(number);
    const unsigned attempts = mutant::breaks("frame_is_tried_twice") ? 1 : attempts_max;
    if (known != ended_at_.end() && known->second >= attempts && !mutant::breaks("bad_frame_is_set_aside")) {
        set_aside_.push_back(number);
        return false;
    }
    write_current(number);
    return true;
}

void replay_guard::leave() {
    write_current(0);
}

void replay_guard::finish() {
    leave();
    if (ended_at_.empty()) files_.remove(mark_name);
}

void replay_guard::write_current(journal::lsn number) {
    if (file_ && file_->write(0, bytes_of(number))) file_.reset();
}

void replay_guard::keep(journal::lsn number, journal::bytes_view payload) {
    auto made = files_.create("set-aside-" + std::to_string(number), 0);
    if (!made) return;  // it was kept at an earlier start, or there is no room
    if (!made.value()->write(0, payload)) made.value()->sync();
}

}  // namespace streamstats::pipeline
