// Puts anything into the journal's folder, starts on it, appends, and starts again. What the first start found has to
// be there at the second one, and what was appended behind it; nothing may be reported lost that was not lost before.
//
// Random bytes hardly ever have a right CRC, so the input is a list of instructions that build segments from good
// frames, odd ones, raw bytes and single flipped bits.
#include <cstdint>
#include <cstdlib>
#include <future>
#include <map>
#include <string>

#include "journal/segment_name.hpp"
#include "streamstats/base/bytes.hpp"
#include "streamstats/journal/journal.hpp"
#include "support/memory_disk.hpp"

namespace {

using namespace streamstats;
using namespace streamstats::journal;
using bytes = std::vector<std::byte>;

constexpr std::size_t segment_bytes_max = 8192;

void require(bool rule) {
    if (!rule) std::abort();
}

class builder {
public:
    explicit builder(byte_reader& from) : from_(from) {}

    void build(testing::memory_disk& disk) {
        while (from_.left() > 0) step(disk);
        finish(disk);
    }

private:
    void step(testing::memory_disk& disk) {
        switch (from_.octet() % 8) {
            case 0:
                return finish(disk);
            case 1:
                number_ += from_.octet();
                return;
            case 2:
                number_ -= std::min<lsn>(from_.octet(), number_ - 1);
                return;
            case 3:
                return raw();
            case 4:
                return flip();
            case 5:
                content_.resize(content_.size() + from_.octet());
                return;
            default:
                return frame();
        }
    }

    void frame() {
        if (content_.size() > segment_bytes_max) return;
        const lsn durable = number_ - from_.octet() % 8;
        const auto kind = static_cast<frame_kind>(from_.octet());
        append_frame(content_, kind, number_++, durable, from_.raw(std::min<std::size_t>(from_.octet(), from_.left())));
    }

    void raw() {
        const auto data = from_.raw(std::min<std::size_t>(from_.octet(), from_.left()));
        content_.insert(content_.end(), data.begin(), data.end());
    }

    void flip() {
        const std::uint64_t at = from_.number();
        if (at < content_.size()) content_[static_cast<std::size_t>(at)] ^= std::byte{1};
    }

    // The next one begins with the number that is due, or with another that is given.
    void finish(testing::memory_disk& disk) {
        if (from_.octet() == 1) disk.put(std::string(checkpoint_name), content_);
        disk.put(name_of_segment(std::max<lsn>(first_, 1)), content_);
        content_.clear();
        first_ = number_;
    }

    byte_reader& from_;
    bytes content_;
    lsn number_ = 1;
    lsn first_ = 1;
};

struct reading {
    std::map<lsn, bytes> frames;
    result<recovered, file_failure> found;
};

reading read_all(file_system& files) {
    std::map<lsn, bytes> frames;
    lsn last = 0;
    const auto visit = [&](const frame_header& header, bytes_view payload) {
        require(header.number > last);
        last = header.number;
        frames.emplace(header.number, bytes(payload.begin(), payload.end()));
        return visit_outcome::go_on;
    };
    auto found = read_journal(files, 1, visit, nullptr);
    return {std::move(frames), std::move(found)};
}

void check_gaps(const reading& seen) {
    lsn expected = 1;
    auto gap = seen.found.value().gaps.begin();
    for (const auto& [number, payload] : seen.frames) {
        if (number != expected) {
            require(gap != seen.found.value().gaps.end() && gap->first == expected);
            // Adjacent gaps, of two segments, may cover the hole together.
            while (gap != seen.found.value().gaps.end() && gap->first == expected) expected = gap++->last + 1;
            require(number == expected);
        }
        expected = number + 1;
    }
    require(seen.found.value().last + 1 >= expected);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    testing::memory_disk disk(1);
    byte_reader input({reinterpret_cast<const std::byte*>(data), size});
    builder(input).build(disk);
    require(static_cast<bool>(read_checkpoint(disk, [](frame_kind, bytes_view) {})));
    const reading before = read_all(disk);
    if (!before.found) return 0;  // a newer format
    check_gaps(before);

    writer_limits limits;
    limits.segment_bytes = segment_bytes_max;
    auto opened = writer::open(disk, limits, before.found.value());
    require(static_cast<bool>(opened));
    std::promise<lsn> appended;
    opened.value()->append(frame_kind::restart, {}, [&](append_outcome outcome, lsn number) {
        require(outcome == append_outcome::durable);
        appended.set_value(number);
    });
    const lsn number = appended.get_future().get();
    require(number == before.found.value().last + 1);
    opened.value().reset();
    disk.crash();

    reading after = read_all(disk);
    require(static_cast<bool>(after.found));
    require(after.frames.erase(number) == 1 && after.frames == before.frames);
    check_gaps(after);
    require(after.found.value().gaps.size() == before.found.value().gaps.size());
    return 0;
}
