using System.Runtime.CompilerServices;

namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// The working memory of one thread for convolutions as blocked products, 1.1 MB, allocated at the thread's first use and kept.
/// A product of windows uses 260 KB of it, a block of A of [BlockRows, up to BlockDepth], and 40 KB of B; Winograd's transformed tiles use all.
/// It is never cleared: what a tile computes from rows or columns past the edge is thrown away.
/// </summary>
internal sealed unsafe class GemmScratch
{
    /// <summary>Rows of a block: a multiple of every micro-kernel's rows.</summary>
    public const int BlockRows = 192;

    /// <summary>The largest depth of a block: 320 x 32 floats of B, 40 KB, stay in the first-level cache while the block's rows pass by.</summary>
    public const int BlockDepth = 320;

    /// <summary>A block of Winograd tiles: 36 products of so many tiles and channels, or of fewer tiles with more channels, fill A.</summary>
    public const int WinogradTiles = 48, WinogradChannels = 128;

    private const int MaxTile = 36 * 16, Slack = 12 * 32;

    [ThreadStatic]
    private static GemmScratch? t_current;

    private readonly float[] _memory;

    private GemmScratch()
    {
        const int a = 36 * (WinogradTiles * WinogradChannels + 32) + Slack, b = 36 * (WinogradTiles * 32 + 16) + Slack;
        _memory = GC.AllocateUninitializedArray<float>(a + b + 2 * MaxTile + 512 + 16, pinned: true);
        float* first = (float*)Unsafe.AsPointer(ref _memory[0]);
        A = (float*)(((nint)first + 63) & ~63);
        B = A + a;
        Tile = B + b;
        Start = Tile + MaxTile;
        Zeros = Start + MaxTile;
        new Span<float>(Zeros, 512).Clear();
    }

    public static GemmScratch Current => t_current ??= new GemmScratch();

    /// <summary>A block of A, or Winograd's transformed windows; with slack for loads and stores of whole registers at its end.</summary>
    public float* A { get; }

    /// <summary>A packed panel of B, [depth, columns of a tile], or Winograd's products.</summary>
    public float* B { get; }

    /// <summary>A tile of C on its way to an edge of the picture, or the half-transformed tile of Winograd.</summary>
    public float* Tile { get; }

    /// <summary>What a tile starts from: bias or zeros.</summary>
    public float* Start { get; }

    /// <summary>A pixel of zeros, 512 channels.</summary>
    public float* Zeros { get; }

    /// <summary>The stride of A's rows for a depth: an odd number of 64-byte lines, so that equal columns of the rows fall in different sets.</summary>
    public static int RowStride(int depth) => (((depth + 15) / 16) | 1) * 16;

    /// <summary>Cuts a depth into equal blocks of at most <see cref="BlockDepth"/>; a depth of zero is one empty block.</summary>
    public static int BlocksOf(int depth) => Math.Max(1, (depth + BlockDepth - 1) / BlockDepth);
}
