#include "input/unpacker.hpp"

#include "file/errno_error.hpp"
#include "text/assertion.hpp"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <optional>

#include <unistd.h>

namespace rulehost {

namespace {

constexpr int max_window_log = 27; // 128 MiB, the default limit of `zstd`
constexpr int gzip_window_bits = 15 + 16;

/// Progress on a piece: bytes consumed and produced, and whether a member ended there.
struct step {
    std::size_t taken = 0;
    std::size_t given = 0;
    bool ended = false;
    bool corrupt = false;
};

class gzip_format {
public:
    gzip_format() {
        if (::inflateInit2(&stream_, gzip_window_bits) != Z_OK)
            throw std::bad_alloc();
    }
    gzip_format(gzip_format const&) = delete;
    gzip_format& operator=(gzip_format const&) = delete;
    ~gzip_format() { ::inflateEnd(&stream_); }

    step take(std::span<char> input, std::span<char> output) {
        stream_.next_in = reinterpret_cast<Bytef*>(input.data());
        stream_.avail_in = static_cast<uInt>(input.size());
        stream_.next_out = reinterpret_cast<Bytef*>(output.data());
        stream_.avail_out = static_cast<uInt>(std::min<std::size_t>(output.size(), 1U << 30));
        auto const room = stream_.avail_out;
        auto const result = ::inflate(&stream_, Z_NO_FLUSH);
        step made;
        made.taken = input.size() - stream_.avail_in;
        made.given = room - stream_.avail_out;
        made.ended = result == Z_STREAM_END;
        made.corrupt = result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR;
        if (made.ended)
            ::inflateReset(&stream_);
        return made;
    }

private:
    z_stream stream_{};
};

class zstd_format {
public:
    zstd_format() : stream_(::ZSTD_createDCtx()) {
        if (stream_ == nullptr)
            throw std::bad_alloc();
        ::ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, max_window_log);
    }
    zstd_format(zstd_format const&) = delete;
    zstd_format& operator=(zstd_format const&) = delete;
    ~zstd_format() { ::ZSTD_freeDCtx(stream_); }

    step take(std::span<char> input, std::span<char> output) {
        ZSTD_inBuffer from{input.data(), input.size(), 0};
        ZSTD_outBuffer into{output.data(), output.size(), 0};
        auto const result = ::ZSTD_decompressStream(stream_, &into, &from);
        step made;
        made.taken = from.pos;
        made.given = into.pos;
        made.corrupt = ::ZSTD_isError(result) != 0;
        made.ended = !made.corrupt && result == 0;
        return made;
    }

private:
    ZSTD_DCtx* stream_;
};

} // namespace

struct unpacker::implementation {
    implementation(packing packed, int from) : descriptor(from) {
        RULEHOST_ASSERT(packed == packing::gzip || packed == packing::zstd);
        if (packed == packing::gzip)
            gzip.emplace();
        else
            zstd.emplace();
    }

    std::size_t read(std::span<char> buffer) {
        while (damage.empty()) {
            if (begin == end && !at_end)
                fill();
            if (begin == end && at_end && between_members)
                return 0;
            std::span<char> const piece(input.data() + begin, end - begin);
            auto const made = gzip ? gzip->take(piece, buffer) : zstd->take(piece, buffer);
            begin += made.taken;
            if (made.taken > 0 || made.given > 0)
                between_members = made.ended;
            if (made.corrupt)
                damage = "is corrupt";
            else if (made.taken == 0 && made.given == 0 && begin == end && at_end)
                damage = "ends early";
            if (made.given > 0)
                return made.given;
        }
        return 0;
    }

    void fill() {
        auto const count = ::pread(descriptor, input.data(), input.size(), static_cast<::off_t>(position));
        if (count < 0 && errno == EINTR)
            return;
        if (count < 0)
            throw_errno("compressed file");
        begin = 0;
        end = static_cast<std::size_t>(count);
        position += end;
        at_end = end == 0;
    }

    int descriptor;
    std::optional<gzip_format> gzip;
    std::optional<zstd_format> zstd;
    std::array<char, 65536> input;
    std::size_t begin = 0;
    std::size_t end = 0;
    std::uint64_t position = 0; ///< in the file, of `end`
    bool at_end = false;
    bool between_members = false;
    std::string damage;
};

unpacker::unpacker(packing packed, int descriptor)
    : implementation_(std::make_unique<implementation>(packed, descriptor)) {}
unpacker::unpacker(unpacker&&) noexcept = default;
unpacker& unpacker::operator=(unpacker&&) noexcept = default;
unpacker::~unpacker() = default;

std::size_t unpacker::read(std::span<char> buffer) {
    return implementation_->read(buffer);
}

std::string const& unpacker::damage() const {
    return implementation_->damage;
}

std::uint64_t unpacker::taken() const {
    return implementation_->position - (implementation_->end - implementation_->begin);
}

} // namespace rulehost
