#include "http/inflate.hpp"

#include <zlib.h>

#include <algorithm>
#include <new>

namespace streamstats::http {
namespace {

constexpr std::size_t first_piece_bytes = 64UL * 1024;

class gzip_stream {
public:
    explicit gzip_stream(std::string_view compressed) {
        constexpr int gzip_only = 16 + MAX_WBITS;
        // zlib reads through a pointer that older versions declare without const.
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
        stream_.avail_in = static_cast<uInt>(compressed.size());
        if (inflateInit2(&stream_, gzip_only) != Z_OK) throw std::bad_alloc{};
    }
    ~gzip_stream() { inflateEnd(&stream_); }
    gzip_stream(const gzip_stream&) = delete;
    gzip_stream& operator=(const gzip_stream&) = delete;

    // Fills `room` as far as it goes; how much of it was filled is added to `filled`.
    int read(char* room, std::size_t bytes, std::size_t& filled) {
        stream_.next_out = reinterpret_cast<Bytef*>(room);
        stream_.avail_out = static_cast<uInt>(bytes);
        const int code = inflate(&stream_, Z_NO_FLUSH);
        filled += bytes - stream_.avail_out;
        return code;
    }
    [[nodiscard]] bool at_end() const { return stream_.avail_in == 0; }
    // A gzip file may be several members, one after the other.
    bool next_member() { return inflateReset(&stream_) == Z_OK; }

private:
    z_stream stream_{};
};

}  // namespace

inflate_outcome inflate_gzip(std::string_view compressed, std::size_t bytes_max, byte_claim& claim, std::string& into) {
    const std::size_t held_before = claim.bytes();
    gzip_stream stream{compressed};
    std::size_t filled = 0;
    into.clear();
    while (true) {
        if (filled == into.size()) {
            // One byte more than allowed tells a text that just fits from one that does not.
            const std::size_t size = std::min(std::max(first_piece_bytes, into.size() * 2), bytes_max + 1);
            if (!claim.grow_to(held_before + size)) return inflate_outcome::over_budget;
            into.resize(size);
        }
        const int code = stream.read(into.data() + filled, into.size() - filled, filled);
        if (filled > bytes_max) return inflate_outcome::too_large;
        if (code == Z_STREAM_END && stream.at_end()) break;
        const bool more = code == Z_OK && (filled == into.size() || !stream.at_end());
        if (!more && (code != Z_STREAM_END || !stream.next_member())) return inflate_outcome::broken;
    }
    into.resize(filled);
    return inflate_outcome::whole;
}

}  // namespace streamstats::http
