/* Ten kernels for test/wasm and bench/wasm.mjs: each returns a number that depends on all it did. Built by build.sh. */
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;
#define EXPORT(name) __attribute__((export_name(name), noinline))

static u8 bytes[1 << 20];
static double a[128 * 128], b[128 * 128], c[128 * 128];

static u32 random_state = 1;
static u32 next_random(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

/* -- sha256 */
static const u32 sha_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
static u32 rotate(u32 x, int n) { return x >> n | x << (32 - n); }

static void sha_block(u32 h[8], const u8 *p) {
    u32 w[64], s[8];
    for (int i = 0; i < 16; i++)
        w[i] = (u32)p[4 * i] << 24 | p[4 * i + 1] << 16 | p[4 * i + 2] << 8 | p[4 * i + 3];
    for (int i = 16; i < 64; i++)
        w[i] = w[i - 16] + (rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3) + w[i - 7] +
               (rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10);
    for (int i = 0; i < 8; i++) s[i] = h[i];
    for (int i = 0; i < 64; i++) {
        u32 t1 = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)) +
                 ((s[4] & s[5]) ^ (~s[4] & s[6])) + sha_k[i] + w[i];
        u32 t2 = (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) +
                 ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        for (int k = 7; k > 0; k--) s[k] = s[k - 1];
        s[4] += t1;
        s[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++) h[i] += s[i];
}

EXPORT("sha256") u32 sha256(u32 kib) {
    u32 h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    for (u32 i = 0; i < kib * 16; i++) sha_block(h, bytes + (i % 1024) * 64);
    return h[0] ^ h[7];
}

EXPORT("matmul") double matmul(u32 rounds) {
    const int n = 128;
    double sum = 0;
    for (int i = 0; i < n * n; i++) a[i] = i % 7, b[i] = i % 5;
    for (u32 r = 0; r < rounds; r++) {
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) {
                double s = 0;
                for (int k = 0; k < n; k++) s += a[i * n + k] * b[k * n + j];
                c[i * n + j] = s;
            }
        sum += c[r % (n * n)];
    }
    return sum;
}

static u32 crc_table[256];
EXPORT("crc32") u32 crc32(u32 kib) {
    for (u32 i = 0; i < 256; i++) {
        u32 x = i;
        for (int k = 0; k < 8; k++) x = x & 1 ? x >> 1 ^ 0xedb88320 : x >> 1;
        crc_table[i] = x;
    }
    u32 crc = ~0u;
    for (u32 i = 0; i < kib * 1024; i++) crc = crc_table[(crc ^ bytes[i & 0xfffff]) & 255] ^ crc >> 8;
    return ~crc;
}

EXPORT("sieve") u32 sieve(u32 rounds) {
    u32 count = 0;
    for (u32 r = 0; r < rounds; r++) {
        count = 0;
        for (u32 i = 0; i < sizeof bytes; i++) bytes[i] = 1;
        for (u32 i = 2; i < sizeof bytes; i++) {
            if (!bytes[i]) continue;
            count++;
            for (u32 k = i + i; k < sizeof bytes; k += i) bytes[k] = 0;
        }
    }
    return count;
}

EXPORT("fib") u32 fib(u32 n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

static u32 length(const u8 *s) {
    u32 n = 0;
    while (s[n]) n++;
    return n;
}
EXPORT("strlen") u32 strlen_rounds(u32 rounds) {
    u32 sum = 0;
    for (u32 i = 0; i < 100000; i++) bytes[i] = 'x';
    bytes[100000] = 0;
    for (u32 r = 0; r < rounds; r++) sum += length(bytes + r % 64);
    return sum;
}

EXPORT("xorshift") u32 xorshift(u32 rounds) {
    u64 x = 88172645463325252ull;
    for (u32 r = 0; r < rounds; r++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    return (u32)(x ^ x >> 32);
}

EXPORT("mandelbrot") u32 mandelbrot(u32 size) {
    u32 inside = 0;
    for (u32 py = 0; py < size; py++)
        for (u32 px = 0; px < size; px++) {
            double x0 = 3.0 * px / size - 2, y0 = 2.0 * py / size - 1, x = 0, y = 0;
            int i = 0;
            while (x * x + y * y < 4 && i < 200) {
                double t = x * x - y * y + x0;
                y = 2 * x * y + y0;
                x = t;
                i++;
            }
            inside += i == 200;
        }
    return inside;
}

struct body {
    double x, y, z, vx, vy, vz, mass;
};
static struct body bodies[5];
EXPORT("nbody") double nbody(u32 steps) {
    for (int i = 0; i < 5; i++)
        bodies[i] =
            (struct body){i * 1.5, i * -0.7, i * 0.3, 0.1 * i, 0.2 - 0.1 * i, 0.05 * i, 1.0 / (i + 1)};
    for (u32 s = 0; s < steps; s++) {
        for (int i = 0; i < 5; i++)
            for (int k = i + 1; k < 5; k++) {
                double dx = bodies[i].x - bodies[k].x, dy = bodies[i].y - bodies[k].y,
                       dz = bodies[i].z - bodies[k].z;
                double d2 = dx * dx + dy * dy + dz * dz + 0.01, mag = 0.001 / (d2 * __builtin_sqrt(d2));
                bodies[i].vx -= dx * bodies[k].mass * mag, bodies[k].vx += dx * bodies[i].mass * mag;
                bodies[i].vy -= dy * bodies[k].mass * mag, bodies[k].vy += dy * bodies[i].mass * mag;
                bodies[i].vz -= dz * bodies[k].mass * mag, bodies[k].vz += dz * bodies[i].mass * mag;
            }
        for (int i = 0; i < 5; i++)
            bodies[i].x += 0.001 * bodies[i].vx, bodies[i].y += 0.001 * bodies[i].vy,
                bodies[i].z += 0.001 * bodies[i].vz;
    }
    return bodies[0].x + bodies[4].z;
}

static u32 numbers[1 << 16];
static void quicksort_range(u32 *from, u32 *to) {
    while (to - from > 1) {
        u32 pivot = from[(to - from) / 2], *i = from, *k = to - 1;
        while (i <= k) {
            while (*i < pivot) i++;
            while (*k > pivot) k--;
            if (i <= k) {
                u32 t = *i;
                *i++ = *k;
                *k-- = t;
            }
        }
        quicksort_range(from, k + 1);
        from = i;
    }
}
EXPORT("quicksort") u32 quicksort(u32 rounds) {
    u32 sum = 0;
    for (u32 r = 0; r < rounds; r++) {
        for (u32 i = 0; i < 1 << 16; i++) numbers[i] = next_random();
        quicksort_range(numbers, numbers + (1 << 16));
        for (u32 i = 1; i < 1 << 16; i++) sum += numbers[i - 1] <= numbers[i];
    }
    return sum;
}

static u32 by_value(u32 x, u32 y) { return x < y; }
static u32 by_low_byte(u32 x, u32 y) { return (x & 255) < (y & 255); }
static u32 (*const orders[])(u32, u32) = {by_value, by_low_byte};
EXPORT("shellsort") u32 shellsort(u32 rounds) { /* by a function pointer, from a table */
    u32 sum = 0;
    for (u32 r = 0; r < rounds; r++) {
        u32 (*volatile before)(u32, u32) = orders[r % 2];
        for (u32 i = 0; i < 4096; i++) numbers[i] = next_random();
        for (u32 gap = 2048; gap; gap /= 2)
            for (u32 i = gap; i < 4096; i++)
                for (u32 k = i; k >= gap && before(numbers[k], numbers[k - gap]); k -= gap) {
                    u32 t = numbers[k];
                    numbers[k] = numbers[k - gap];
                    numbers[k - gap] = t;
                }
        sum += numbers[17];
    }
    return sum;
}
