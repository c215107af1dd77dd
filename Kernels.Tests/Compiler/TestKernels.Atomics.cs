namespace FcnFromScratch.Kernels.Tests.Compiler;

internal static partial class TestKernels
{
    /// <summary>Every atomic on both types, so that the result does not depend on the order: only one work item finds the 0 that it replaces.</summary>
    private const string Atomics = """
        namespace Trial;

        public static partial class AtomicKernels
        {
            [Kernel]
            public static void All(Index1D index, ArrayView<int> x, ArrayView<uint> u, ArrayView<int> seen)
            {
                int i = index;
                int place = Atomic.Add(ref x[0], 1);
                Atomic.Max(ref x[1], i * 7 % 101 - 50);
                Atomic.Min(ref x[2], i * 7 % 101 - 50);
                if (Atomic.CompareExchange(ref x[3], 0, -1) == 0) Atomic.Add(ref x[4], 1);
                if (Atomic.Exchange(ref x[5], 1) == 0) Atomic.Add(ref x[6], 1);
                Atomic.Add(ref seen[place], 1);

                uint big = 0xFFFFFFF0u - (uint)(i * 7 % 101);
                Atomic.Add(ref u[0], big);
                Atomic.Max(ref u[1], big);
                Atomic.Min(ref u[2], big);
                if (Atomic.CompareExchange(ref u[3], 0u, big) == 0u) Atomic.Add(ref u[4], 1u);
                if (Atomic.Exchange(ref u[5], 0xFFFFFFFFu) == 0u) Atomic.Add(ref u[6], 1u);
            }
        }
        """;
}
