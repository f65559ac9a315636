//! What to cite for a match.

use super::options::{Options, Problem, Rows};
use super::space::Space;

const EXACT: &str = "@article{bertsekas1988auction,
  author = {Bertsekas, Dimitri P.},
  title = {The auction algorithm: A distributed relaxation method for the assignment problem},
  journal = {Annals of Operations Research},
  volume = {14},
  pages = {105--123},
  year = {1988}
}";

const ENTROPIC: &str = "@inproceedings{cuturi2013sinkhorn,
  author = {Cuturi, Marco},
  title = {Sinkhorn Distances: Lightspeed Computation of Optimal Transport},
  booktitle = {Advances in Neural Information Processing Systems},
  volume = {26},
  year = {2013}
}";

const UNBALANCED: &str = "@article{chizat2018scaling,
  author = {Chizat, Lenaic and Peyr{\\'e}, Gabriel and Schmitzer, Bernhard and Vialard, Fran{\\c{c}}ois-Xavier},
  title = {Scaling algorithms for unbalanced optimal transport problems},
  journal = {Mathematics of Computation},
  volume = {87},
  pages = {2563--2609},
  year = {2018}
}";

const PARTIAL: &str = "@inproceedings{chapel2020partial,
  author = {Chapel, Laetitia and Alaya, Mokhtar Z. and Gasso, Gilles},
  title = {Partial Optimal Transport with Applications on Positive-Unlabeled Learning},
  booktitle = {Advances in Neural Information Processing Systems},
  volume = {33},
  year = {2020}
}";

const SIMPLEX: &str = "@article{bonneel2011displacement,
  author = {Bonneel, Nicolas and van de Panne, Michiel and Paris, Sylvain and Heidrich, Wolfgang},
  title = {Displacement interpolation using {L}agrangian mass transport},
  journal = {ACM Transactions on Graphics},
  volume = {30},
  number = {6},
  pages = {158:1--158:12},
  year = {2011}
}";

const GROMOV: &str = "@article{memoli2011gromov,
  author = {M{\\'e}moli, Facundo},
  title = {Gromov--Wasserstein Distances and the Metric Approach to Object Matching},
  journal = {Foundations of Computational Mathematics},
  volume = {11},
  pages = {417--487},
  year = {2011}
}";

const FUSED: &str = "@inproceedings{vayer2019optimal,
  author = {Vayer, Titouan and Chapel, Laetitia and Flamary, R{\\'e}mi and Tavenard, Romain and Courty, Nicolas},
  title = {Optimal Transport for structured data with application on graphs},
  booktitle = {International Conference on Machine Learning},
  year = {2019}
}";

const ASCENT: &str = "@inproceedings{genevay2016stochastic,
  author = {Genevay, Aude and Cuturi, Marco and Peyr{\\'e}, Gabriel and Bach, Francis},
  title = {Stochastic Optimization for Large-scale Optimal Transport},
  booktitle = {Advances in Neural Information Processing Systems},
  volume = {29},
  year = {2016}
}";

const NEWTON: &str = "@article{kitagawa2019convergence,
  author = {Kitagawa, Jun and M{\\'e}rigot, Quentin and Thibert, Boris},
  title = {Convergence of a {N}ewton algorithm for semi-discrete optimal transport},
  journal = {Journal of the European Mathematical Society},
  volume = {21},
  pages = {2603--2651},
  year = {2019}
}";

const LOW_RANK: &str = "@inproceedings{scetbon2021lowrank,
  author = {Scetbon, Meyer and Cuturi, Marco and Peyr{\\'e}, Gabriel},
  title = {Low-Rank {S}inkhorn Factorization},
  booktitle = {International Conference on Machine Learning},
  year = {2021}
}";

/// BibTeX entries of the works that a match goes back to.
pub(super) fn of(options: &Options, space: &Space) -> Vec<String> {
    let entries: &[&str] = match options.method {
        // An assignment is bid for; the network simplex solves the rest.
        Problem::Exact if space.is_assignment() => &[EXACT],
        Problem::Exact => &[SIMPLEX],
        Problem::Entropic => &[ENTROPIC],
        Problem::Unbalanced => &[ENTROPIC, UNBALANCED],
        Problem::Partial => &[PARTIAL, SIMPLEX],
        Problem::Gromov if options.alpha.is_some_and(|alpha| alpha < 1.0) => &[GROMOV, FUSED],
        Problem::Gromov => &[GROMOV],
        Problem::SemiDiscrete if options.rows == Rows::Pixels => &[NEWTON],
        Problem::SemiDiscrete => &[ASCENT],
        Problem::LowRank => &[LOW_RANK],
    };
    entries.iter().map(|e| (*e).to_owned()).collect()
}
