// What is computed between the matrix products on a GPU. C that is also CUDA: `build.rs`
// compiles it with nvcc for the GPU, and the tests with the C compiler for the CPU,
// where threads run one after the other. Hence no shared memory and no barriers:
// every thread computes its own results, in a fixed order.
//
// Compiled twice: `real`, the type of the products' operands, is float, or with
// HALF bf16. Pictures are NHWC. A row of gathered taps has `pitch` values, of
// which those beyond the taps are zeros, or a one and zeros: multiplied with a gradient,
// a column of ones gives its sum, the gradient of a bias. Pointers in `Args` are first
// what is read, then what is written, in the order that the Rust side passes them.

#ifdef __CUDACC__
#define KERNEL(name) extern "C" __global__ void name(const Args a)
#define INLINE static __device__ __forceinline__
#define THREAD (blockIdx.x * blockDim.x + threadIdx.x)
#define ALIGNED(bytes) __align__(bytes)
#endif

// As `Args` in args.rs.
typedef struct {
  long long count;  // threads that have work, below 2^31: places divide faster in 32 bits
  void *p[64];
  long long n[20];
  float x;
} Args;

#ifdef HALF
typedef unsigned short real;

INLINE float get(real v) {
  union { unsigned int bits; float value; } u;
  u.bits = (unsigned int)v << 16;
  return u.value;
}

// To the nearest, ties to even; NaN stays NaN.
INLINE real put(float v) {
  union { float value; unsigned int bits; } u;
  u.value = v;
  if ((u.bits & 0x7fffffffu) > 0x7f800000u) return (real)((u.bits >> 16) | 0x40u);
  return (real)((u.bits + 0x7fffu + ((u.bits >> 16) & 1u)) >> 16);
}
#else
typedef float real;

INLINE float get(real v) { return v; }
INLINE real put(float v) { return v; }
#endif

// Eight neighbours at a time, in the widest loads and stores; or, where their number
// is not a multiple of eight, one, and seven zeros.
typedef struct ALIGNED(16) { float v[4]; } Four;
typedef struct ALIGNED(16) { real v[8]; } Eight;
typedef struct ALIGNED(8) { unsigned char v[8]; } Bytes;

INLINE void load(const float *from, int wide, float *to) {
  if (wide == 8) {
    Four a = ((const Four *)from)[0], b = ((const Four *)from)[1];
    for (int i = 0; i < 4; i++) { to[i] = a.v[i]; to[4 + i] = b.v[i]; }
  } else {
    for (int i = 1; i < 8; i++) to[i] = 0.0f;
    to[0] = from[0];
  }
}

INLINE void store(float *to, int wide, const float *from) {
  if (wide == 8) {
    Four a, b;
    for (int i = 0; i < 4; i++) { a.v[i] = from[i]; b.v[i] = from[4 + i]; }
    ((Four *)to)[0] = a;
    ((Four *)to)[1] = b;
  } else {
    to[0] = from[0];
  }
}

INLINE void load_real(const real *from, int wide, float *to) {
  if (wide == 8) {
    Eight e = *(const Eight *)from;
    for (int i = 0; i < 8; i++) to[i] = get(e.v[i]);
  } else {
    for (int i = 1; i < 8; i++) to[i] = 0.0f;
    to[0] = get(from[0]);
  }
}

INLINE void store_real(real *to, int wide, const float *from) {
  if (wide == 8) {
    Eight e;
    for (int i = 0; i < 8; i++) e.v[i] = put(from[i]);
    *(Eight *)to = e;
  } else {
    to[0] = put(from[0]);
  }
}

// Activations by number: 0 linear, 1 relu, 2 elu.
INLINE float activate(float x, int activation) {
  if (activation == 1) return x > 0.0f ? x : 0.0f;
  if (activation == 2) return x > 0.0f ? x : expm1f(x);
  return x;
}

// The slope, from the result.
INLINE float slope(float y, int activation) {
  if (activation == 1) return y > 0.0f ? 1.0f : 0.0f;
  if (activation == 2) return y > 0.0f ? 1.0f : y + 1.0f;
  return 1.0f;
}

// Where a thread works: of pictures `h` by `w`, a pixel, and of its values, cut into `groups`
// of `wide`, one group.
typedef struct {
  int at, row, column;
  unsigned int pixel, picture;
} Place;

INLINE Place placed(unsigned int i, int groups, int wide, int h, int w) {
  Place p;
  p.pixel = i / (unsigned int)groups;
  p.at = (int)(i % (unsigned int)groups) * wide;
  unsigned int row = p.pixel / (unsigned int)w;
  p.column = (int)(p.pixel % (unsigned int)w);
  p.row = (int)(row % (unsigned int)h);
  p.picture = row / (unsigned int)h;
  return p;
}

// Read: values (float). Written: the same as operands; zeros beyond n[0].
KERNEL(to_operands) {
  unsigned int i = THREAD;
  if (i >= a.count) return;
  const float *x = (const float *)a.p[0];
  int wide = (int)a.n[1];
  float v[8];
  for (int k = 0; k < 8; k++) v[k] = 0.0f;
  long long at = (long long)i * wide;
  if (at < a.n[0]) load(x + at, wide, v);
  store_real((real *)a.p[1] + at, wide, v);
}

// Index of value `at` of a pixel's row of taps in pictures of h by w pixels of c values;
// below 0 beyond the edge, and beyond the taps.
INLINE long long tapped(Place p, int at, int h, int w, int c) {
  int tap = at / c, down = tap / 3 - 1, right = tap % 3 - 1;
  int y = p.row + down, z = p.column + right;
  if (tap >= 9 || y < 0 || y >= h || z < 0 || z >= w) return -1;
  return ((long long)p.pixel + down * w + right) * c + at % c;
}

// The 3x3 neighbourhood of every pixel as a row (im2col) and a one, eight values a thread:
// where `wide` is 8 they are of one tap, else they may be of several.
// n: height, width, channels, pitch, wide. Read: x (float). Written: rows (real).
KERNEL(im2col) {
  unsigned int i = THREAD;
  if (i >= a.count) return;
  const float *x = (const float *)a.p[0];
  int h = (int)a.n[0], w = (int)a.n[1], c = (int)a.n[2], pitch = (int)a.n[3], wide = (int)a.n[4];
  Place p = placed(i, pitch / 8, 8, h, w);
  float v[8];
  for (int k = 0; k < 8; k++) v[k] = 0.0f;
  if (wide == 8) {
    long long place = tapped(p, p.at, h, w, c);
    if (place >= 0) load(x + place, 8, v);
  } else {
    for (int k = 0; k < 8; k++) {
      long long place = tapped(p, p.at + k, h, w, c);
      if (place >= 0) v[k] = x[place];
    }
  }
  for (int k = 0; k < 8; k++) if (p.at + k == 9 * c) v[k] = 1.0f;
  store_real((real *)a.p[1] + (long long)p.pixel * pitch + p.at, 8, v);
}

// Rows of values, a one and zeros, eight values a thread. n: values of a row, pitch, wide.
// Read: x (float). Written: rows (real).
KERNEL(append_one) {
  unsigned int i = THREAD;
  if (i >= a.count) return;
  int c = (int)a.n[0], pitch = (int)a.n[1], wide = (int)a.n[2];
  long long row = i / (unsigned int)(pitch / 8);
  int at = (int)(i % (unsigned int)(pitch / 8)) * 8;
  const float *x = (const float *)a.p[0] + row * c;
  float v[8];
  if (wide == 8 && at < c) {
    load(x + at, 8, v);
  } else {
    for (int k = 0; k < 8; k++) v[k] = at + k < c ? x[at + k] : at + k == c ? 1.0f : 0.0f;
  }
  store_real((real *)a.p[1] + row * pitch + at, 8, v);
}

// The adjoint of `im2col`: every pixel sums the taps that read it.
// n: height, width, channels, pitch, wide. Read: rows (real). Written: x's gradient (float).
KERNEL(col2im) {
  unsigned int i = THREAD;
  if (i >= a.count) return;
  const real *rows = (const real *)a.p[0];
  int h = (int)a.n[0], w = (int)a.n[1], c = (int)a.n[2], pitch = (int)a.n[3], wide = (int)a.n[4];
  Place p = placed(i, c / wide, wide, h, w);
  float sum[8], v[8];
  for (int k = 0; k < 8; k++) sum[k] = 0.0f;
  for (int tap = 0; tap < 9; tap++) {
    int up = tap / 3 - 1, left = tap % 3 - 1;
    int y = p.row - up, z = p.column - left;
    if (y < 0 || y >= h || z < 0 || z >= w) continue;
    load_real(rows + ((long long)p.pixel - up * w - left) * pitch + tap * c + p.at, wide, v);
    for (int k = 0; k < 8; k++) sum[k] += v[k];
  }
  store((float *)a.p[1] + (long long)p.pixel * c + p.at, wide, sum);
}

// activation(y + bias). n: channels, activation, wide. Read: y (real), bias (float).
// Written: result (float).
KERNEL(bias_activation) {
  unsigned int i = THREAD;
  if (i >= a.count) return;
  int c = (int)a.n[0], activation = (int)a.n[1], wide = (int)a.n[2];
  unsigned int groups = c / wide;
  int at = (int)(i % groups) * wide;
  float v[8], b[8];
  load_real((const real *)a.p[0] + (long long)i * wide, wide, v);
  load((const float *)a.p[1] + at, wide, b);
  for (int k = 0; k < 8; k++) v[k] = activate(v[k] + b[k], activation);
  store((float *)a.p[2] + (long long)i * wide, wide, v);
}

// The same, then the 2x2 maximum. n: height, width (before), channels, activation, wide.
// Written: result (float), winner: which pixel of the window, the first of equal ones.
KERNEL(bias_activation_pool) {
  unsigned int i = THREAD;
  if (i >= a.count) return;
  int h = (int)a.n[0], w = (int)a.n[1], c = (int)a.n[2], activation = (int)a.n[3], wide = (int)a.n[4];
  Place p = placed(i, c / wide, wide, h / 2, w / 2);
  const real *y = (const real *)a.p[0];
  float b[8], best[8], v[8];
  int which[8];
  load((const float *)a.p[1] + p.at, wide, b);
  for (int pixel = 0; pixel < 4; pixel++) {
    long long place = ((long long)p.picture * h + 2 * p.row + pixel / 2) * w + 2 * p.column + pixel % 2;
    load_real(y + place * c + p.at, wide, v);
    for (int k = 0; k < 8; k++) {
      float value = activate(v[k] + b[k], activation);
      // NaN wins, so that it is not hidden.
      if (pixel == 0 || value > best[k] || (value != value && best[k] == best[k])) {
        best[k] = value;
        which[k] = pixel;
      }
    }
  }
  store((float *)a.p[2] + (long long)p.pixel * c + p.at, wide, best);
  unsigned char *winner = (unsigned char *)a.p[3] + (long long)p.pixel * c + p.at;
  if (wide == 8) {
    Bytes bytes;
    for (int k = 0; k < 8; k++) bytes.v[k] = (unsigned char)which[k];
    *(Bytes *)winner = bytes;
  } else {
    winner[0] = (unsigned char)which[0];
  }
}

// The gradient before activation and pool. n: height, width (before), channels, activation,
// wide. Read: gradient, result (float), winner. Written: all pixels (real).
KERNEL(unpool_gradient) {
  unsigned int i = THREAD;
  if (i >= a.count) return;
  int h = (int)a.n[0], w = (int)a.n[1], c = (int)a.n[2], activation = (int)a.n[3], wide = (int)a.n[4];
  // Windows cut off by the edge have pixels, but no result.
  Place p = placed(i, c / wide, wide, (h + 1) / 2, (w + 1) / 2);
  float g[8], y[8], v[8];
  int which[8];
  for (int k = 0; k < 8; k++) { g[k] = 0.0f; which[k] = 0; }
  if (2 * p.row + 1 < h && 2 * p.column + 1 < w) {
    long long place = (((long long)p.picture * (h / 2) + p.row) * (w / 2) + p.column) * c + p.at;
    load((const float *)a.p[0] + place, wide, g);
    load((const float *)a.p[1] + place, wide, y);
    const unsigned char *winner = (const unsigned char *)a.p[2] + place;
    if (wide == 8) {
      Bytes bytes = *(const Bytes *)winner;
      for (int k = 0; k < 8; k++) which[k] = bytes.v[k];
    } else {
      which[0] = winner[0];
    }
    for (int k = 0; k < 8; k++) g[k] *= slope(y[k], activation);
  }
  for (int pixel = 0; pixel < 4; pixel++) {
    int r = 2 * p.row + pixel / 2, s = 2 * p.column + pixel % 2;
    if (r >= h || s >= w) continue;
    for (int k = 0; k < 8; k++) v[k] = which[k] == pixel ? g[k] : 0.0f;
    store_real((real *)a.p[3] + (((long long)p.picture * h + r) * w + s) * c + p.at, wide, v);
  }
}

// The gradient before the activation. n: activation, wide. Read: gradient, result (float).
// Written: real.
KERNEL(pre_activation_gradient) {
  unsigned int i = THREAD;
  if (i >= a.count) return;
  int activation = (int)a.n[0], wide = (int)a.n[1];
  float g[8], y[8];
  load((const float *)a.p[0] + (long long)i * wide, wide, g);
  load((const float *)a.p[1] + (long long)i * wide, wide, y);
  for (int k = 0; k < 8; k++) g[k] *= slope(y[k], activation);
  store_real((real *)a.p[2] + (long long)i * wide, wide, g);
}

// Sums of every parts-th row of the gradient before the activation.
// n: rows, channels, activation. Read: gradient, result (float). Written: sums [parts, channels].
KERNEL(pre_activation_gradient_sums) {
  unsigned int i = THREAD;
  if (i >= a.count) return;
  const float *g = (const float *)a.p[0], *y = (const float *)a.p[1];
  long long c = a.n[1], end = a.n[0] * c;
  int activation = (int)a.n[2];
  float sum = 0.0f;
  for (long long k = i; k < end; k += a.count) sum += g[k] * slope(y[k], activation);
  ((float *)a.p[2])[i] = sum;
}

// Sums of every parts-th row, times x. n: rows, channels. Read: float. Written: [parts, channels].
KERNEL(column_sums) {
  unsigned int i = THREAD;
  if (i >= a.count) return;
  const float *x = (const float *)a.p[0];
  long long end = a.n[0] * a.n[1];
  float sum = 0.0f;
  for (long long k = i; k < end; k += a.count) sum += x[k];
  ((float *)a.p[1])[i] = sum * a.x;
}

// Of a transposed convolution: every output pixel sums the taps that reach it, then bias
// and activation. Output row 2i + r - 1 receives tap r of input row i.
// n: height, width (of the input), channels (of the output), pitch, activation, wide.
// Read: rows (real), bias (float). Written: result (float).
KERNEL(col2im_transposed) {
  unsigned int i = THREAD;
  if (i >= a.count) return;
  const real *rows = (const real *)a.p[0];
  int h = (int)a.n[0], w = (int)a.n[1], c = (int)a.n[2], pitch = (int)a.n[3];
  int activation = (int)a.n[4], wide = (int)a.n[5];
  Place p = placed(i, c / wide, wide, 2 * h, 2 * w);
  float sum[8], v[8];
  load((const float *)a.p[1] + p.at, wide, sum);
  for (int r = (p.row + 1) % 2; r < 3; r += 2) {
    int y = (p.row + 1 - r) / 2;
    if (p.row + 1 < r || y >= h) continue;
    for (int s = (p.column + 1) % 2; s < 3; s += 2) {
      int z = (p.column + 1 - s) / 2;
      if (p.column + 1 < s || z >= w) continue;
      load_real(rows + (((long long)p.picture * h + y) * w + z) * pitch + (3 * r + s) * c + p.at, wide, v);
      for (int k = 0; k < 8; k++) sum[k] += v[k];
    }
  }
  for (int k = 0; k < 8; k++) sum[k] = activate(sum[k], activation);
  store((float *)a.p[2] + (long long)p.pixel * c + p.at, wide, sum);
}

// Index of the output that an input pixel's tap reaches, likewise; h, w: of the input, c: of the output.
INLINE long long reaching(Place p, int at, int h, int w, int c) {
  int tap = at / c, y = 2 * p.row + tap / 3 - 1, z = 2 * p.column + tap % 3 - 1;
  if (tap >= 9 || y < 0 || y >= 2 * h || z < 0 || z >= 2 * w) return -1;
  return (((long long)p.picture * 2 * h + y) * 2 * w + z) * c + at % c;
}

// The adjoint of `col2im_transposed`, including the activation's slope, eight values a
// thread as in `im2col`. n: as there. Read: gradient, result (float). Written: rows (real).
KERNEL(im2col_transposed) {
  unsigned int i = THREAD;
  if (i >= a.count) return;
  const float *gradient = (const float *)a.p[0], *result = (const float *)a.p[1];
  int h = (int)a.n[0], w = (int)a.n[1], c = (int)a.n[2], pitch = (int)a.n[3];
  int activation = (int)a.n[4], wide = (int)a.n[5];
  Place p = placed(i, pitch / 8, 8, h, w);
  float g[8], y[8];
  for (int k = 0; k < 8; k++) g[k] = y[k] = 0.0f;
  if (wide == 8) {
    long long place = reaching(p, p.at, h, w, c);
    if (place >= 0) {
      load(gradient + place, 8, g);
      load(result + place, 8, y);
    }
  } else {
    for (int k = 0; k < 8; k++) {
      long long place = reaching(p, p.at + k, h, w, c);
      if (place < 0) continue;
      g[k] = gradient[place];
      y[k] = result[place];
    }
  }
  for (int k = 0; k < 8; k++) g[k] *= slope(y[k], activation);
  store_real((real *)a.p[2] + (long long)p.pixel * pitch + p.at, 8, g);
}

// Weights [9, inputs, outputs] (float) as rows [inputs, pitch] of taps (real).
// n: inputs, outputs, pitch.
KERNEL(weights_by_input) {
  unsigned int i = THREAD;
  if (i >= a.count) return;
  unsigned int inputs = (unsigned int)a.n[0], outputs = (unsigned int)a.n[1];
  unsigned int pitch = (unsigned int)a.n[2];
  unsigned int input = i / pitch, tap = i % pitch / outputs, output = i % pitch % outputs;
  float v = 0.0f;
  if (tap < 9) v = ((const float *)a.p[0])[(tap * inputs + input) * outputs + output];
  ((real *)a.p[1])[i] = put(v);
}

// The inverse, for their gradient: rows [inputs, pitch] (float) to [9, inputs, outputs]; and
// of the bias': one more row has the sums of each tap, and four taps together, the middle
// one and those right of it and below, reach every output pixel once. n: as there.
KERNEL(weights_by_tap) {
  unsigned int i = THREAD;
  if (i >= a.count) return;
  unsigned int inputs = (unsigned int)a.n[0], outputs = (unsigned int)a.n[1];
  unsigned int pitch = (unsigned int)a.n[2];
  unsigned int output = i % outputs, input = i / outputs % inputs, tap = i / outputs / inputs;
  const float *rows = (const float *)a.p[0];
  if (tap < 9) {
    ((float *)a.p[1])[i] = rows[input * pitch + tap * outputs + output];
  } else {
    const float *sums = rows + inputs * pitch + output;
    ((float *)a.p[2])[output] = sums[4 * outputs] + sums[5 * outputs] + sums[7 * outputs] + sums[8 * outputs];
  }
}

// A matrix [rows, columns] (float) transposed (real). n: rows, columns.
KERNEL(transpose_to_operands) {
  unsigned int i = THREAD;
  if (i >= a.count) return;
  unsigned int rows = (unsigned int)a.n[0], columns = (unsigned int)a.n[1];
  ((real *)a.p[1])[i] = put(((const float *)a.p[0])[i % rows * columns + i / rows]);
}

// The same of (real) to (float).
KERNEL(transpose_from_operands) {
  unsigned int i = THREAD;
  if (i >= a.count) return;
  unsigned int rows = (unsigned int)a.n[0], columns = (unsigned int)a.n[1];
  ((float *)a.p[1])[i] = get(((const real *)a.p[0])[i % rows * columns + i / rows]);
}

// Sums of squared differences: thread i adds those of i, i + count, ...
// n: values. Read: prediction, target (float). Written: sums [count].
KERNEL(squared_error_sums) {
  unsigned int i = THREAD;
  if (i >= a.count) return;
  const float *p = (const float *)a.p[0], *t = (const float *)a.p[1];
  float sum = 0.0f;
  for (long long k = i; k < a.n[0]; k += a.count) sum += (p[k] - t[k]) * (p[k] - t[k]);
  ((float *)a.p[2])[i] = sum;
}

// (prediction - target) * x * the gradient of their mean square.
// n: wide. Read: prediction, target, gradient [1] (float). Written: float.
KERNEL(mse_gradient) {
  unsigned int i = THREAD;
  if (i >= a.count) return;
  int wide = (int)a.n[0];
  float p[8], t[8], factor = ((const float *)a.p[2])[0] * a.x;
  load((const float *)a.p[0] + (long long)i * wide, wide, p);
  load((const float *)a.p[1] + (long long)i * wide, wide, t);
  for (int k = 0; k < 8; k++) p[k] = (p[k] - t[k]) * factor;
  store((float *)a.p[3] + (long long)i * wide, wide, p);
}

// Adamax or AdamW for several weights. n: algorithm (0 Adamax, 1 AdamW), number of weights, and
// for each the thread after its last. Read: coefficients: beta1, 1 - beta1, beta2, 1 - beta2, epsilon,
// 1 - beta2^t, 1 - rate * decay, rate / (1 - beta1^t); then the weights' gradients.
// Changed: each weight, its first and its second moment.
KERNEL(optimizer_step) {
  unsigned int i = THREAD;
  if (i >= a.count) return;
  const float *coefficients = (const float *)a.p[0];
  int weights = (int)a.n[1], k = 0;
  while (i >= a.n[2 + k]) k++;
  if (k > 0) i -= (unsigned int)a.n[1 + k];
  void *const *changed = a.p + 1 + weights + 3 * k;
  float g = ((const float *)a.p[1 + k])[i];
  float *weight = (float *)changed[0] + i, *first = (float *)changed[1] + i;
  float *second = (float *)changed[2] + i;
  float mean = *first * coefficients[0] + g * coefficients[1];
  float scale, change, old = *weight;
  if (a.n[0] == 0) {
    scale = fmaxf(*second * coefficients[2], fabsf(g));
    change = mean / (scale + coefficients[4]);
  } else {
    scale = *second * coefficients[2] + g * g * coefficients[3];
    change = mean / (sqrtf(scale / coefficients[5]) + coefficients[4]);
    old *= coefficients[6];
  }
  *first = mean;
  *second = scale;
  *weight = old - change * coefficients[7];
}

// The pictures of a batch from the data set's bytes: value / 255 - 0.5.
// n: values of a picture, of a row of it. Read: bytes [pictures, values], draws [batch, 4]:
// picture, whether it is mirrored, and a key of 64 bits, lower half first. Written: float.
KERNEL(gather_batch) {
  unsigned int i = THREAD;
  if (i >= a.count) return;
  unsigned int values = (unsigned int)a.n[0];
  const unsigned int *draws = (const unsigned int *)a.p[1] + i / values * 4;
  int at = (int)(i % values), across = (int)a.n[1];
  if (draws[1]) {
    int column = at % across;
    at += across - 3 - column / 3 * 6;
  }
  unsigned char byte = ((const unsigned char *)a.p[0])[draws[0] * a.n[0] + at];
  ((float *)a.p[2])[i] = (float)byte / 255.0f - 0.5f;
}

// Pictures + x * normal noise that is a function of a picture's key alone, two values a thread.
// SplitMix64 (Steele, Lea and Flood 2014) in counter mode, then Box and Muller's
// transform (1958). n: values of a picture. Read: pictures (float), draws as above. Written: float.
KERNEL(add_gaussian_noise) {
  unsigned int i = THREAD;
  if (i >= a.count) return;
  unsigned int pairs = (unsigned int)(a.n[0] / 2);
  const unsigned int *draws = (const unsigned int *)a.p[1] + i / pairs * 4;
  unsigned long long z = (unsigned long long)draws[3] << 32 | draws[2];
  z += (unsigned long long)(i % pairs + 1) * 0x9e3779b97f4a7c15ull;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  z ^= z >> 31;
  float u = (float)((z >> 40) + 1) / 16777216.0f;
  float turn = (float)((z >> 16) & 0xffffffu) / 16777216.0f;
  float radius = a.x * sqrtf(-2.0f * logf(u));
  const float *x = (const float *)a.p[0] + 2ll * i;
  float *to = (float *)a.p[2] + 2ll * i;
  to[0] = x[0] + radius * cosf(6.2831853f * turn);
  to[1] = x[1] + radius * sinf(6.2831853f * turn);
}
